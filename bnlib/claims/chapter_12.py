"""What is said of batch norm's formulas, held against the frameworks."""

import numpy as np

from bnlib.claims.claim import NOTES, Claim, Finding
from bnlib.experiments.conventions import convention
from bnlib.experiments.frameworks import LIBRARIES, largest_difference, load_stored
from bnlib.gradcheck import relative_error

ROUNDING = 1e-6  # 17 roundings to float32, in which the libraries compute


def judge_parity(differences, how):
    """What the largest differences from bnlib, by library, say.

    Parameters
    ----------
    differences : dict of str to float
        Shares of the largest value.
    how : str
        With what bnlib was compared.

    Returns
    -------
    Finding
    """
    worst = max(differences.values())
    corrections = {name: convention(name).running_var_correction for name in differences}
    shrunk = [name for name in differences if not corrections[name]]
    raised = [name for name in differences if corrections[name]]
    alike = "agree" if worst < ROUNDING else "differ"
    return Finding(
        "confirmed" if worst < ROUNDING else "contested",
        f"The four formulas and {how} of {', '.join(differences)} {alike}: by {worst:.0e} of the "
        f"largest value at most. The variance stored for inference has divisor m - 1 in "
        f"{' and '.join(raised)}, and m in {', '.join(shrunk)}.",
        seeds=0,
    )


def stored_parity():
    """Against what the libraries returned when they were run; a Finding."""
    return judge_parity(
        {name: largest_difference(did) for name, did in load_stored().items()}, "the layers"
    )


def fresh_parity(seeds, folder=None):
    """Against the documented rules on new batches, since no library is installed; a Finding.

    Parameters
    ----------
    seeds : sequence of int
    folder : str or path, optional
        Not needed: nothing takes long.
    """
    return judge_parity(
        {name: max(_off_the_rule(name, seed) for seed in seeds) for name in LIBRARIES},
        "the documented rules",
    )


def _off_the_rule(name, seed):
    rule, rng = convention(name), np.random.default_rng([seed, 12])
    layer, mean, var = rule.batch_norm(4), 0.0, 1.0
    for batch in rng.normal(rng.normal(0, 5, 4), 2, (10, 6, 4)):
        y = layer.forward(batch, training=True)
        mean, var = rule.updated(mean, var, batch)
    x_hat = (batch - batch.mean(axis=0)) / np.sqrt(batch.var(axis=0) + rule.eps)
    pairs = [(y, x_hat), (layer.running_mean, mean), (layer.running_var, var)]
    return max(relative_error(ours, theirs) for ours, theirs in pairs)


CLAIMS = (
    Claim(
        number="22c",
        said="The mean, the variance, the normalized z and the scaled and shifted z are computed "
        "by four formulas, which every library shares.",
        source=NOTES,
        section="chapters/12_in_the_frameworks.ipynb#translate-each-in-one-line",
        stored=stored_parity,
        fresh=fresh_parity,
    ),
)
