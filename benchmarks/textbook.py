"""The same training step as plain NumPy is usually written, with `mean(0)` and `var(0)`.

A yardstick for `compare.py`: correct, short, and nothing in it is arranged for speed.
"""

from itertools import pairwise

import numpy as np

EPS = 1e-5


def batch_norm(x, gamma, beta):
    mean, var = x.mean(axis=0), x.var(axis=0)
    x_hat = (x - mean) / np.sqrt(var + EPS)
    return gamma * x_hat + beta, (x_hat, gamma, var)


def batch_norm_backward(dy, cache):
    x_hat, gamma, var = cache
    dx_hat = dy * gamma
    centered = dx_hat - dx_hat.mean(axis=0) - x_hat * (dx_hat * x_hat).mean(axis=0)
    return centered / np.sqrt(var + EPS), (dy * x_hat).sum(axis=0), dy.sum(axis=0)


class Textbook:
    """Linear, batch norm, ReLU, ..., Linear, trained by SGD with momentum."""

    def __init__(self, sizes, rng):
        shapes = list(pairwise(sizes))
        weights = [rng.standard_normal(s) * np.sqrt(2 / s[0]) for s in shapes]
        self.W = [W.astype(np.float32) for W in weights]
        self.b = np.zeros(sizes[-1], np.float32)
        self.gamma = [np.ones(n, np.float32) for n in sizes[1:-1]]
        self.beta = [np.zeros(n, np.float32) for n in sizes[1:-1]]
        self.running = [(np.zeros(n), np.ones(n)) for n in sizes[1:-1]]
        self.velocity = [np.zeros_like(p) for p in self.parameters()]

    def parameters(self):
        return [*self.W, self.b, *self.gamma, *self.beta]

    def step(self, x, labels, learning_rate, momentum):
        inputs, masks, caches = [], [], []
        for layer, W in enumerate(self.W[:-1]):
            inputs.append(x)
            z = x @ W
            mean, var = self.running[layer]
            self.running[layer] = (
                0.9 * mean + 0.1 * z.mean(axis=0),
                0.9 * var + 0.1 * z.var(axis=0),
            )
            y, cache = batch_norm(z, self.gamma[layer], self.beta[layer])
            caches.append(cache)
            masks.append(y > 0)
            x = np.maximum(y, 0)
        logits = x @ self.W[-1] + self.b
        p = np.exp(logits - logits.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        loss = -np.log(p[np.arange(len(labels)), labels]).mean()
        p[np.arange(len(labels)), labels] -= 1
        dy = p / len(labels)
        dW, dgamma, dbeta = [x.T @ dy], [], []
        db = dy.sum(axis=0)
        dy = dy @ self.W[-1].T
        for layer in reversed(range(len(self.W) - 1)):
            dy = dy * masks[layer]
            dy, dg, dbt = batch_norm_backward(dy, caches[layer])
            dgamma.insert(0, dg)
            dbeta.insert(0, dbt)
            dW.insert(0, inputs[layer].T @ dy)
            dy = dy @ self.W[layer].T
        for p, v, g in zip(
            self.parameters(), self.velocity, [*dW, db, *dgamma, *dbeta], strict=True
        ):
            v *= momentum
            v += g
            p -= learning_rate * v
        return loss
