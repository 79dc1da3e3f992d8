"""How do the frameworks write the same layer, and how is each translated to bnlib?

What stands here is what the documentation says. `frameworks.py` has what the libraries do; the
tests hold the one against the other.
"""

from dataclasses import dataclass

import numpy as np

from bnlib.checks import check_array, check_choice, check_count, check_finite, check_number
from bnlib.norms import BatchNorm


@dataclass(frozen=True)
class Convention:
    """Batch norm as one library, or the paper, defines it. None: it does not say.

    Attributes
    ----------
    name : str
    layer : str
        What it is called there.
    momentum : float or None
        Default of the argument of that name.
    momentum_weighs : "old" or "new" or None
        Which statistics `momentum` multiplies: those kept so far, or those of the new batch.
    eps : float or None
        Default of what is added to the variance.
    running_var_correction : int
        The stored variance has divisor m - 1 (1) or m (0). All normalize with divisor m.
    axis : int
        Where the features stand in an array, unless told otherwise.
    switch : str
        How it is told that it trains.
    refuses_one_value : bool or None
        Whether training on one value a feature is an error.
    source : str
        Key of its documentation in references.bib.
    """

    name: str
    layer: str
    momentum: float | None
    momentum_weighs: str | None
    eps: float | None
    running_var_correction: int
    axis: int
    switch: str
    refuses_one_value: bool | None
    source: str

    @property
    def ema_decay(self):
        """The share of the old statistics that is kept at a step, or None: the default."""
        return None if self.momentum is None else self._decay(self.momentum)

    def _decay(self, momentum):
        # Rounded, so that 1 - 0.1 is 0.9 and not 0.9 plus 1e-17.
        return round(1 - momentum, 12) if self.momentum_weighs == "new" else momentum

    def batch_norm(self, num_features, momentum=None, eps=None):
        """The same layer in bnlib.

        Parameters
        ----------
        num_features : int
        momentum, eps : float, optional
            As this library writes them. Default: this library's.

        Returns
        -------
        BatchNorm

        Raises
        ------
        ValueError, TypeError
            Where the convention has no default and none is passed, or as BatchNorm.
        """
        momentum, eps = self._default("momentum", momentum), self._default("eps", eps)
        return BatchNorm(
            num_features,
            eps=eps,
            ema_decay=self._decay(momentum),
            bias_correction=False,
            running_var_correction=self.running_var_correction,
        )

    def updated(self, mean, var, batch, momentum=None):
        """Running statistics after one more batch, by the documented rule, written as there.

        Parameters
        ----------
        mean, var : (D,) array
            Running statistics so far; 0 and 1 at the start.
        batch : (N, D) array
        momentum : float, optional
            As this library writes it. Default: this library's.

        Returns
        -------
        mean, var : (D,) arrays

        Raises
        ------
        ValueError, TypeError
            As `batch_norm`, or for a batch that is not finite.
        """
        momentum = self._default("momentum", momentum)
        batch = check_finite("batch", check_array("batch", batch, ndims=(2,), dtype=np.float64))
        new = batch.mean(axis=0), batch.var(axis=0, ddof=self.running_var_correction)
        pairs = zip((mean, var), new, strict=True)
        if self.momentum_weighs == "new":
            return tuple((1 - momentum) * o + momentum * n for o, n in pairs)
        return tuple(momentum * o + (1 - momentum) * n for o, n in pairs)

    def _default(self, name, value):
        if value is not None:
            return check_number(name, value, least=0)
        if getattr(self, name) is None:
            raise ValueError(f"{self.name} has no default {name}; pass one")
        return getattr(self, name)


CONVENTIONS = {
    each.name: each
    for each in (
        Convention(
            name="PyTorch",
            layer="torch.nn.BatchNorm1d(D)",
            momentum=0.1,
            momentum_weighs="new",
            eps=1e-5,
            running_var_correction=1,
            axis=1,
            switch="model.train() and model.eval(), remembered",
            refuses_one_value=True,
            source="pytorch2026batchnorm",
        ),
        Convention(
            name="Keras",
            layer="keras.layers.BatchNormalization()",
            momentum=0.99,
            momentum_weighs="old",
            eps=1e-3,
            running_var_correction=0,
            axis=-1,
            switch="layer(x, training=True); without it, inference",
            refuses_one_value=False,
            source="keras2026batchnorm",
        ),
        Convention(
            name="Flax",
            layer="flax.nnx.BatchNorm(D, rngs=...)",
            momentum=0.99,
            momentum_weighs="old",
            eps=1e-5,
            running_var_correction=0,
            axis=-1,
            switch="model.train() and model.eval(), or use_running_average=",
            refuses_one_value=False,
            source="flax2026batchnorm",
        ),
        Convention(
            name="ONNX",
            layer="BatchNormalization, operator set 15",
            momentum=0.9,
            momentum_weighs="old",
            eps=1e-5,
            running_var_correction=0,
            axis=1,
            switch="attribute training_mode=1; without it, inference",
            refuses_one_value=False,
            source="onnx2026batchnorm",
        ),
        Convention(
            name="paper",
            layer="Algorithms 1 and 2",
            momentum=None,
            momentum_weighs=None,
            eps=None,
            running_var_correction=1,
            axis=1,
            switch="two networks: one to train, one for inference",
            refuses_one_value=None,
            source="ioffe2015batch",
        ),
    )
}


def convention(name):
    """The Convention of that name.

    Parameters
    ----------
    name : "PyTorch", "Keras", "Flax", "ONNX" or "paper"

    Raises
    ------
    ValueError, TypeError
        For another name.
    """
    return CONVENTIONS[check_choice("name", name, CONVENTIONS)]


def steps_to_forget(decay, share=0.05):
    """After how many steps at most `share` of the old statistics is left.

    Parameters
    ----------
    decay : float
        Share of the old statistics kept at a step, above 0 and below 1.
    share : float

    Returns
    -------
    int

    Raises
    ------
    ValueError, TypeError
        For a number out of its range.
    """
    decay = check_number("decay", decay, above=0, below=1)
    share = check_number("share", share, above=0, below=1)
    return check_count("steps", int(np.ceil(np.log(share) / np.log(decay))))
