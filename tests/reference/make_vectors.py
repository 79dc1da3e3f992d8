"""Make the reference vectors: what PyTorch computes, for tests that run without PyTorch.

Run it in an environment that has PyTorch's CPU build (`pip install ".[bench]"`), from the top of
the repository:

    python -m tests.reference.make_vectors

It writes the .npz files beside it (`tests.reference.vectors` says how). Two runs on one machine
write the same bytes; another processor or another PyTorch may round the last digits differently.

Inputs are float32 numbers, so that float32 and float64 results belong to the same input. Only
layers without parameters get float64 numbers: some return what they get, and must not round it.
PyTorch's training-mode dropout is not here: its random numbers are not NumPy's.
"""

import numpy as np
import torch

from tests.reference import torch_layers, torch_losses, torch_norms, torch_training
from tests.reference.vectors import save

SEED = 20150211  # the day on which the paper on batch normalization appeared
MAKERS = {
    "norms": torch_norms.cases,
    "layers": torch_layers.cases,
    "losses": torch_losses.loss_cases,
    "optimizers": torch_losses.optimizer_cases,
    "training": torch_training.cases,
}


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    made_by = {"torch": torch.__version__, "numpy": np.__version__, "seed": SEED}
    for name, make in MAKERS.items():
        save(name, made_by, make(SEED))


if __name__ == "__main__":
    main()
