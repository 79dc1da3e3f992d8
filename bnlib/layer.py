"""What all layers have in common: the checks around each one's own forward and backward.

`forward` and `backward` check what they get and leave it as it was. Underneath, `_forward` checks
nothing, and `_backward` checks nothing and may write into `dy`: a network calls those.
"""

from contextlib import contextmanager

import numpy as np

from bnlib.checks import cast, check_array, check_finite, check_flag, check_shape, check_upstream


class NamedArrays(dict):
    """Arrays by name. Assigning copies into the array: it may be a view of a network's vector."""

    def __setitem__(self, name, value):
        self.update({name: value})

    def update(self, *named, **more):
        """As a dict's, by copying: all of them, or none."""
        checked = {}
        for name, value in dict(*named, **more).items():
            if name not in self:
                raise ValueError(f"there is no {name!r} here, only {sorted(self)}")
            value = check_array(name, value, dtype=self[name].dtype)
            checked[name] = check_shape(name, value, self[name].shape, "shapes are fixed")
        for name, value in checked.items():
            self[name][...] = value

    def __ior__(self, named):
        self.update(named)
        return self

    def _fixed(self, *_):
        raise TypeError(f"the names {sorted(self)} are fixed; assign other values to them")

    __delitem__ = clear = pop = popitem = setdefault = _fixed

    def hold(self, name, array):
        """Put `array` itself under a name, new or not."""
        super().__setitem__(name, array)

    def __reduce__(self):
        return NamedArrays, (dict(self),)


@contextmanager
def unchanged_if_refused(layers):
    """Put the layers back as they were when what is done to them is refused; no warnings."""
    kept = [layer._keep() for layer in layers]
    try:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            yield
    except (ValueError, TypeError):
        for layer, (attributes, grads) in zip(layers, kept, strict=True):
            vars(layer).update(attributes)
            layer.grads.update(grads)
        raise


class Layer:
    """A differentiable function with parameters.

    Attributes
    ----------
    params, grads : dict of str to array
        The same keys. `backward` writes into the arrays of `grads`. Assigning to a key copies
        the values into its array.
    """

    _input_ndims = (2, 3, 4)
    _settings = ()  # names of the constructor's arguments, each an attribute, too

    def __init__(self):
        self.params = NamedArrays()
        self.grads = NamedArrays()
        self._cache = None
        self._output_shape = None

    @property
    def configuration(self):
        """The constructor's arguments but for `rng`, as a dict of plain values."""
        settings = {name: getattr(self, name) for name in self._settings}
        if self.params:
            settings["dtype"] = str(next(iter(self.params.values())).dtype)
        return settings

    @property
    def state(self):
        """What is not learned but must be saved with the layer: a dict of arrays and numbers."""
        return {}

    def load_state(self, state):
        """Take over what `state` returned, from this layer or its twin."""
        if not isinstance(state, dict) or state:
            raise ValueError(f"{type(self).__name__} keeps no state, so pass {{}}; got {state!r}")

    def forward(self, x, *, training):
        """Compute the output for `x`.

        Parameters
        ----------
        x : (N, D) array
            Activations and BatchNorm take (N, C, S) and (N, C, H, W), too.
        training : bool
            Whether this is a training step: there is no hidden mode.

        Returns
        -------
        y : array

        Raises
        ------
        ValueError, TypeError
            For a wrong shape or dtype, a NaN or infinity (named by its index), or a result that
            overflows. The layer is then as it was.
        """
        check_flag("training", training)
        x = check_array("x", x, ndims=self._input_ndims)
        self._check_input(x, training)
        # A copy, because backward will need x as it is now, whatever its owner does to it.
        x = np.array(cast("x", check_finite("x", x), self._dtype_for(x)))
        with unchanged_if_refused([self]):
            y = self._forward(x, training)
            self._check_output(x, y)
        self._output_shape = y.shape
        return y.copy() if y is self._cache else y

    def backward(self, dy):
        """Gradient of the loss by the input of the last `forward`; fills `grads`.

        Parameters
        ----------
        dy : array shaped like that forward's result
            dLoss/dy.

        Returns
        -------
        dx : array shaped like its x

        Raises
        ------
        ValueError, TypeError
            Without a forward before, for a dy of another shape or with a NaN or infinity, or
            gradients that overflow. `grads` are then as they were.
        """
        if self._cache is None or self._output_shape is None:
            raise ValueError(f"{type(self).__name__}.backward needs a forward call before it")
        dy = check_upstream(dy, self._output_shape)
        dy = np.array(cast("dy", dy, self._dtype_for(dy)))
        with unchanged_if_refused([self]):
            dx = self._backward(dy)
            for name, gradient in {"dx": dx, **self.grads}.items():
                check_finite(name, gradient, f"dy or a parameter is too large for {dx.dtype}")
        return dx

    def _dtype_for(self, x):
        """Parameters fix the dtype of the computation; without any, the input does."""
        for parameter in self.params.values():
            return parameter.dtype
        return x.dtype

    def _shape_after(self, shape):
        """Shape of an example after this layer, from its shape before; None where unknown.

        ValueError if this layer can't take it.
        """
        return shape

    def _refuse_shape(self, shape, takes):
        got = ", ".join("?" if size is None else str(size) for size in shape)
        kind = type(self).__name__
        raise ValueError(f"a {kind} takes x of shape (N, {takes}), but gets (N, {got})")

    def _check_batch(self, n, positions=1):
        """Refuse training batches of `n` examples that this layer can't learn from."""

    def _check_input(self, x, training):
        """Refuse what this layer can't take."""
        self._shape_after(x.shape[1:])
        if training:
            self._check_batch(len(x), x[0, 0].size)

    def _check_output(self, x, y):
        check_finite("y", y, f"x or a parameter is not finite, or too large for {y.dtype}")

    def _keep(self):
        """What a call may change: attributes, which are replaced, and gradients, written into."""
        return dict(vars(self)), {name: grad.copy() for name, grad in self.grads.items()}

    def _forward(self, x, training):
        raise NotImplementedError

    def _backward(self, dy, input_gradient=True):
        raise NotImplementedError

    def _add_parameter(self, name, value):
        self.params.hold(name, value)
        self.grads.hold(name, np.zeros_like(value))
