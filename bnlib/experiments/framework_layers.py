"""One class a framework, so that `export_frameworks` can use their layers alike.

It needs PyTorch, Keras, JAX, Flax and ONNX: see there.
"""

import inspect
import os

os.environ["KERAS_BACKEND"] = "jax"  # before Keras is imported

import flax
import keras
import numpy as np
import onnx
import torch
from flax import nnx
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator


class Library:
    """A batch norm layer of one library, for examples of `shape` with features on axis 1."""

    def __call__(self, x, training):
        """Normalize x, features where the library expects them."""
        raise NotImplementedError

    def set(self, gamma, beta):
        """Give it these instead of 1 and 0."""
        raise NotImplementedError

    def running(self):
        """Its running mean and variance."""
        raise NotImplementedError

    @staticmethod
    def defaults():
        """Its default momentum and eps, as it states them itself."""
        raise NotImplementedError


class PyTorch(Library):
    """`torch.nn.BatchNorm1d` and `BatchNorm2d`."""

    version = torch.__version__.partition("+")[0]
    axis = 1

    def __init__(self, shape, **settings):
        kind = torch.nn.BatchNorm1d if len(shape) == 2 else torch.nn.BatchNorm2d
        self.layer = kind(shape[1], **settings)

    def set(self, gamma, beta):
        self.layer.weight.data, self.layer.bias.data = torch.tensor(gamma), torch.tensor(beta)

    def __call__(self, x, training):
        self.layer.train(training)
        return self.layer(torch.tensor(x)).detach().numpy()

    def running(self):
        return self.layer.running_mean.numpy(), self.layer.running_var.numpy()

    @staticmethod
    def defaults():
        layer = torch.nn.BatchNorm1d(1)
        return layer.momentum, layer.eps


class Keras(Library):
    """`keras.layers.BatchNormalization`."""

    version = keras.__version__
    axis = -1

    def __init__(self, shape, **settings):
        if "eps" in settings:
            settings["epsilon"] = settings.pop("eps")
        self.layer = keras.layers.BatchNormalization(**settings)
        self.layer.build((None, *shape[2:], shape[1]))

    def set(self, gamma, beta):
        self.layer.gamma.assign(gamma)
        self.layer.beta.assign(beta)

    def __call__(self, x, training):
        return np.array(self.layer(x, training=training))

    def running(self):
        variables = self.layer.moving_mean, self.layer.moving_variance
        return tuple(keras.ops.convert_to_numpy(each) for each in variables)

    @staticmethod
    def defaults():
        layer = keras.layers.BatchNormalization()
        return layer.momentum, layer.epsilon


class Flax(Library):
    """`flax.nnx.BatchNorm`."""

    version = flax.__version__
    axis = -1

    def __init__(self, shape, **settings):
        if "eps" in settings:
            settings["epsilon"] = settings.pop("eps")
        self.layer = nnx.BatchNorm(shape[1], rngs=nnx.Rngs(0), **settings)

    def set(self, gamma, beta):
        self.layer.scale[...], self.layer.bias[...] = gamma, beta

    def __call__(self, x, training):
        return np.array(self.layer(x, use_running_average=not training))

    def running(self):
        return np.array(self.layer.mean[...]), np.array(self.layer.var[...])

    @staticmethod
    def defaults():
        parameters = inspect.signature(nnx.BatchNorm.__init__).parameters
        return parameters["momentum"].default, parameters["epsilon"].default


class ONNX(Library):
    """The operator BatchNormalization, by ONNX's reference evaluator."""

    version = onnx.__version__
    axis = 1
    schema = onnx.defs.get_schema("BatchNormalization")

    def __init__(self, shape, **settings):
        if "eps" in settings:
            settings["epsilon"] = settings.pop("eps")
        self.models = [self._model(settings | {"training_mode": mode}) for mode in (0, 1)]
        features = shape[1]
        self.set(np.ones(features, "f4"), np.zeros(features, "f4"))
        self.mean, self.var = np.zeros(features, "f4"), np.ones(features, "f4")

    def _model(self, settings):
        names = ["x", "scale", "B", "mean", "var"], ["y", "new_mean", "new_var"]
        outputs = names[1] if settings["training_mode"] else names[1][:1]
        node = helper.make_node("BatchNormalization", names[0], outputs, **settings)
        values = (
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in each]
            for each in (names[0], outputs)
        )
        opset = helper.make_opsetid("", self.schema.since_version)
        return ReferenceEvaluator(
            helper.make_model(helper.make_graph([node], "bn", *values), opset_imports=[opset])
        )

    def set(self, gamma, beta):
        self.gamma, self.beta = gamma, beta

    def __call__(self, x, training):
        arguments = {"x": x, "scale": self.gamma, "B": self.beta}
        arguments |= {"mean": self.mean, "var": self.var}
        y, *running = self.models[training].run(None, arguments)
        if training:
            self.mean, self.var = running
        return y

    def running(self):
        return self.mean, self.var

    @classmethod
    def defaults(cls):
        attributes = cls.schema.attributes
        return tuple(attributes[name].default_value.f for name in ("momentum", "epsilon"))
