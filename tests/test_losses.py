"""The losses: values, gradients, extremes, stacks, refusals; logistic regression."""

import math
import types
from pathlib import Path

import numpy as np
import pytest

import bnlib
from bnlib import losses

RNG = np.random.default_rng
NAMES = ["softmax_cross_entropy", "binary_cross_entropy", "mean_squared_error"]


def an_example(name, n=6, classes=4, stack=(), dtype=np.float64, seed=0):
    """Outputs and targets for a loss."""
    rng = RNG(seed)
    outputs = rng.normal(0, 3, (*stack, n, 1 if name == "binary_cross_entropy" else classes))
    targets = {
        "softmax_cross_entropy": rng.integers(0, classes, (*stack, n)),
        "binary_cross_entropy": rng.integers(0, 2, (*stack, n)),
        "mean_squared_error": rng.normal(size=outputs.shape).astype(dtype),
    }
    return outputs.astype(dtype), targets[name]


def by_definition(name, outputs, targets):
    """The loss, one example at a time."""
    each = []
    for output, target in zip(outputs.tolist(), targets.tolist(), strict=True):
        if name == "softmax_cross_entropy":
            each.append(-math.log(math.exp(output[target]) / sum(map(math.exp, output))))
        elif name == "binary_cross_entropy":
            p = 1 / (1 + math.exp(-output[0]))
            each.append(-math.log(p if target == 1 else 1 - p))
        else:
            squares = [(o - t) ** 2 for o, t in zip(output, target, strict=True)]
            each.append(sum(squares) / len(squares))
    return sum(each) / len(each)


def worst_error(name, module=bnlib):
    outputs, targets = an_example(name)
    loss = getattr(module, name)
    numerical = bnlib.numerical_gradient(lambda: loss(outputs, targets)[0], outputs)
    return bnlib.relative_error(loss(outputs, targets)[1], numerical)


@pytest.mark.parametrize("name", NAMES)
def test_the_loss_follows_its_definition_and_the_gradient_the_loss(name):
    outputs, targets = an_example(name)
    kept = outputs.copy(), targets.copy()
    loss, doutputs = getattr(bnlib, name)(outputs, targets)
    assert type(loss) is float
    assert loss == pytest.approx(by_definition(name, outputs, targets), rel=1e-13)
    assert doutputs.shape == outputs.shape
    assert worst_error(name) < 1e-8
    np.testing.assert_array_equal(outputs, kept[0])
    np.testing.assert_array_equal(targets, kept[1])


@pytest.mark.parametrize("name", NAMES)
def test_float32_stays_float32_and_close(name):
    outputs, targets = an_example(name, n=50)
    loss, doutputs = getattr(bnlib, name)(outputs, targets)
    small_loss, small = getattr(bnlib, name)(outputs.astype(np.float32), targets)
    assert small.dtype == np.float32
    assert small_loss == pytest.approx(loss, rel=1e-6)
    assert bnlib.relative_error(small, doutputs) < 1e-6


@pytest.mark.parametrize("name", NAMES)
def test_memory_order_and_kinds_of_integers_make_no_difference(name):
    outputs, targets = an_example(name)
    loss, doutputs = getattr(bnlib, name)(outputs, targets)
    if name != "mean_squared_error":
        targets = targets.astype(np.uint8)
    again, turned = getattr(bnlib, name)(np.asfortranarray(outputs), np.asfortranarray(targets))
    assert again == loss
    np.testing.assert_array_equal(turned, doutputs)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", [(1, 4, 3), (3, 32, 10), (5, 7, 2), (2, 130, 17)])
def test_a_stack_of_outputs_gives_the_bits_of_the_single_calls(shape, name, dtype):
    *stack, n, classes = shape
    outputs, targets = an_example(name, n, classes, stack, dtype)
    rows = losses.LOSSES[name].rows
    values, gradients = rows(outputs, targets)
    assert values.shape == (shape[0],)
    for k, (one_output, one_target) in enumerate(zip(outputs, targets, strict=True)):
        value, gradient = rows(one_output, one_target)
        assert values[k] == value
        assert gradients[k].tobytes() == gradient.tobytes()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_logits_far_from_0_cost_what_they_should(dtype):
    far = np.array([[1e4], [-1e4], [1e4], [-1e4]], dtype)
    loss, dlogits = bnlib.binary_cross_entropy(far, [1, 0, 0, 1])
    assert loss == 5000
    np.testing.assert_array_equal(dlogits, [[0], [0], [0.25], [-0.25]])
    both = np.concatenate([far, -far], axis=1)
    loss, dlogits = bnlib.softmax_cross_entropy(both, [0, 1, 1, 0])
    assert loss == 10000
    np.testing.assert_array_equal(dlogits[:, :1], [[0], [0], [0.25], [-0.25]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_binary_gradient_keeps_its_digits_in_both_tails(dtype):
    z = np.array([-80.0, -20, -5, 5, 20, 80], dtype)
    for label in (0, 1):
        _, dlogits = bnlib.binary_cross_entropy(z[:, None], np.full(6, label))
        exact = [1 / (1 + math.exp(-v)) if label == 0 else -1 / (1 + math.exp(v)) for v in z]
        np.testing.assert_allclose(6 * dlogits[:, 0], exact, rtol=10 * np.finfo(dtype).eps)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_kernel_answers_outputs_that_are_not_finite_with_such_a_loss(name, bad):
    for dtype in (np.float32, np.float64):
        outputs, targets = an_example(name, dtype=dtype)
        outputs[2] = bad
        with np.errstate(all="ignore"):
            loss, doutputs = losses.LOSSES[name].rows(outputs, targets)
        assert not math.isfinite(loss)
        assert doutputs.shape == outputs.shape


@pytest.mark.parametrize(
    ("name", "outputs", "targets"),
    [("softmax_cross_entropy", [[1.0, 2]], [2]), ("softmax_cross_entropy", [[1.0, 2]], [-1]),
     ("softmax_cross_entropy", [[1.0, 2]], [0, 1]), ("softmax_cross_entropy", [[1.0, 2]], [0.5]),
     ("softmax_cross_entropy", [[1.5e308, -1.5e308]], [1]),
     ("softmax_cross_entropy", [[1.0, 2]], [[0], [1, 2]]),
     ("softmax_cross_entropy", [[np.nan, 2]], [0]), ("softmax_cross_entropy", [1.0, 2], [0]),
     ("softmax_cross_entropy", [["a"]], [0]),
     ("binary_cross_entropy", [[1.0]], [2]), ("binary_cross_entropy", [[1.0]], [-1]),
     ("binary_cross_entropy", [[1.0]], [1.0]), ("binary_cross_entropy", [[1.0]], [True]),
     ("binary_cross_entropy", [[1.0]], [0, 1]), ("binary_cross_entropy", [[1.0]], [[1]]),
     ("binary_cross_entropy", [[1.0, 2.0]], [1]), ("binary_cross_entropy", [1.0], [1]),
     ("binary_cross_entropy", [[np.inf]], [1]), ("binary_cross_entropy", np.ones((0, 1)), []),
     ("binary_cross_entropy", [[1.7e308], [1.7e308]], [0, 0]),
     ("mean_squared_error", [[1.0]], [1.0]), ("mean_squared_error", [[1.0]], [[1.0, 2.0]]),
     ("mean_squared_error", [[1.0]], [[np.nan]]), ("mean_squared_error", [[np.inf]], [[1.0]]),
     ("mean_squared_error", [1.0], [1.0]), ("mean_squared_error", [[1.0]], None),
     ("mean_squared_error", [[1e200]], [[0.0]]),
     ("mean_squared_error", np.ones((1, 1), np.float32), [[1e39]])],
)  # fmt: skip
def test_a_loss_refuses(name, outputs, targets):
    with pytest.raises((ValueError, TypeError)):
        getattr(bnlib, name)(outputs, targets)


MUTATIONS = [
    ("softmax_cross_entropy", "p.ravel()[right] -= 1", "pass"),
    ("softmax_cross_entropy", "p /= labels.shape[-1]", "pass"),
    ("softmax_cross_entropy", "p /= total[..., None]", "pass"),
    ("softmax_cross_entropy", "np.log(total) - right_scores", "np.log(total)"),
    ("binary_cross_entropy", "- z * y + np.log1p(small)", "+ np.log1p(small)"),
    ("binary_cross_entropy", "- z * y + np.log1p(small)", "- z * y"),
    ("binary_cross_entropy", "sign = 1 - 2 * y", "sign = 1 - y"),
    ("binary_cross_entropy", "dz = sign * np.exp(", "dz = np.exp("),
    ("binary_cross_entropy", "np.minimum(sign * z, 0)", "-np.abs(z)"),
    ("binary_cross_entropy", "/ (1 + small)", "/ 1"),
    ("binary_cross_entropy", "dz /= labels.shape[-1]", "pass"),
    ("mean_squared_error", "difference /= n * values / 2", "difference /= n * values"),
    ("mean_squared_error", "difference /= n * values / 2", "difference /= n / 2"),
    ("mean_squared_error", "difference /= n * values / 2", "pass"),
]


@pytest.mark.parametrize(("name", "line", "mutation"), MUTATIONS)
def test_a_mutated_loss_fails_the_gradient_check(name, line, mutation):
    source = Path(losses.__file__).read_text(encoding="utf-8")
    assert source.count(line) == 1
    module = types.ModuleType("mutated")
    exec(compile(source.replace(line, mutation), "mutated.py", "exec"), module.__dict__)
    assert worst_error(name, module) > 1e-3


def train(network, x, targets, loss, steps=200, **changes):
    settings = {"steps": steps, "batch_size": 32, "optimizer": bnlib.SGD(0.1), "rng": RNG(0)}
    return bnlib.train(network, x, targets, loss=loss, **(settings | changes))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_logistic_regression_separates_what_a_line_separates(dtype):
    x = RNG(0).normal(size=(200, 2))
    x += 0.2 * np.sign(x @ [[2.0], [-1.0]]) * [2.0, -1.0]  # a gap on both sides of the line
    labels = (x @ [2.0, -1.0] > 0).astype(int)
    network = bnlib.mlp([2, 1], rng=RNG(1), dtype=dtype)
    train(network, x, labels, "binary_cross_entropy")
    assert bnlib.accuracy(network, x, labels) == 1
    W = network.layers[0].params["W"].ravel()
    assert W[0] / W[1] == pytest.approx(-2, rel=0.2)  # across the line


def test_logistic_regression_tells_small_digits_from_large_ones():
    training, _, test = bnlib.load_digits().split(0)
    network = bnlib.mlp([64, 1], rng=RNG(0))
    is_large = (training.labels >= 5).astype(int)
    history = train(network, training.x, is_large, "binary_cross_entropy")
    assert history.losses[-20:].mean() < 0.8 * history.losses[:5].mean()
    assert bnlib.accuracy(network, test.x, (test.labels >= 5).astype(int)) > 0.8


def test_a_linear_network_finds_the_least_squares_solution():
    x, noise = RNG(0).normal(size=(64, 3)), RNG(1).normal(size=(64, 2))
    targets = x @ RNG(2).normal(size=(3, 2)) + 0.5 + 0.1 * noise
    network = bnlib.mlp([3, 2], rng=RNG(3))
    train(network, x, targets, "mean_squared_error", steps=400, batch_size=64)
    best, *_ = np.linalg.lstsq(np.hstack([x, np.ones((64, 1))]), targets)
    found = network.layers[0].params
    np.testing.assert_allclose(np.vstack([found["W"], found["b"]]), best, atol=1e-9)


def test_targets_take_the_dtype_of_the_network():
    network = bnlib.mlp([3, 2], rng=RNG(0), dtype=np.float32)
    seen = []
    train(
        network, np.ones((40, 3)), np.ones((40, 2)), "mean_squared_error", steps=2,
        observers=[lambda _, network: seen.append(network.gradient.dtype)],
    )  # fmt: skip
    assert set(seen) == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    ("outputs", "loss", "targets", "message"),
    [(1, "binary_cross_entropy", [0, 1, 2], "labels holds 2"),
     (1, "binary_cross_entropy", [0.0, 1.0, 1.0], "integers"),
     (2, "binary_cross_entropy", [0, 1, 1], "one output"),
     (1, "softmax_cross_entropy", [0, 1, 1], "use binary_cross_entropy"),
     (1, "mean_squared_error", [0.0, 1.0, 1.0], r"\(3, 1\)"),
     (1, "mean_squared_error", [[0.0], [np.nan], [1.0]], "nan at index"),
     (1, "hinge", [0, 1, 1], "'mean_squared_error'")],
)  # fmt: skip
def test_training_refuses_targets_that_do_not_fit_the_loss(outputs, loss, targets, message):
    network = bnlib.mlp([4, outputs], rng=RNG(0))
    before = network.theta.copy()
    with pytest.raises((ValueError, TypeError), match=message):
        train(network, np.ones((3, 4)), targets, loss, batch_size=2)
    np.testing.assert_array_equal(network.theta, before)
