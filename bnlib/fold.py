"""Fold batch norm into the layer before it: in inference the two are one affine map."""

from copy import deepcopy

import numpy as np

from bnlib.checks import cast, check_finite
from bnlib.conv import Conv2d
from bnlib.layers import Linear
from bnlib.network import Network
from bnlib.norms import BatchNorm

# How (D,) has to lie to go along the outputs of W.
_SCALE_SHAPES = {Linear: (1, -1), Conv2d: (-1, 1, 1, 1)}


def fold_batch_norm(network):
    """A network for inference without the BatchNorms that directly follow a Linear or Conv2d.

    With scale = gamma / sqrt(running_var + eps), the layer before gets W * scale for W, by output
    feature or channel, and (b - running_mean) * scale + beta for b. Any other BatchNorm stays.

    Parameters
    ----------
    network : Network
        Left as it is.

    Returns
    -------
    Network
        Of new layers with the same dtype. It gives the same outputs in inference, to rounding.

    Raises
    ------
    ValueError, TypeError
        Without running statistics, or when a folded parameter overflows.

    Notes
    -----
    Computed in float64, then rounded. In float32, where the inputs of a BatchNorm have a mean far
    larger than their spread, the folded network loses digits that BatchNorm keeps: it subtracts
    the mean before it scales. Source: Jacob et al. (2018), section 3.2.

    Examples
    --------
    >>> network = bnlib.mlp([4, 3, 2], batch_norm=True, rng=np.random.default_rng(0))
    >>> bnlib.recalibrate(network, np.eye(4))
    >>> [type(layer).__name__ for layer in bnlib.fold_batch_norm(network).layers]
    ['Linear', 'ReLU', 'Linear']
    """
    if not isinstance(network, Network):
        raise TypeError(f"network must be a bnlib.Network, got {type(network).__name__}")
    layers = []
    for number, layer in enumerate(deepcopy(network).layers):
        layer.in_network, layer._cache, layer._output_shape = False, None, None
        if type(layer) is not BatchNorm:
            layers.append(layer)
            continue
        try:
            layer._inference_inv_std()  # refuses a layer that has no running statistics yet
            if layers and type(layers[-1]) in _SCALE_SHAPES:
                _fold(layer, layers[-1])
            else:
                layers.append(layer)
        except ValueError as error:
            raise ValueError(f"layer {number}, a BatchNorm: {error}") from None
    return Network(layers)


def _fold(norm, layer):
    """Put what `norm` does in inference into the parameters of the layer before it."""
    gamma, beta, W = (p.astype(np.float64) for p in (*norm.params.values(), layer.params["W"]))
    with np.errstate(over="ignore", invalid="ignore"):
        scale = gamma * norm._inference_inv_std()
        W *= scale.reshape(_SCALE_SHAPES[type(layer)])
        b = (layer.params.get("b", 0.0) - norm.running_mean) * scale + beta
    for name, value in {"W": W, "b": b}.items():
        folded = cast(name, value, layer.params["W"].dtype)
        remedy = "the parameters or running statistics are too large, or not finite"
        layer._add_parameter(name, check_finite(name, folded, remedy))
    layer.bias = True
