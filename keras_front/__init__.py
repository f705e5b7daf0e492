"""The Keras interface on NumPy, PyTorch and JAX.

>>> import keras_front as keras
>>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
>>> model.output_shape
(None, 2)
"""

from keras_front import (
    activations,
    backend,
    callbacks,
    config,
    constraints,
    datasets,
    dtype_policies,
    initializers,
    layers,
    losses,
    metrics,
    models,
    ops,
    optimizers,
    random,
    regularizers,
    saving,
    tree,
    utils,
)
from keras_front.core.dtype_policy import DTypePolicy
from keras_front.core.input_spec import InputSpec
from keras_front.core.layer import Layer
from keras_front.core.naming import name_scope
from keras_front.core.operators import install as _install_operators
from keras_front.core.overlay import Overlay
from keras_front.core.symbolic import KerasTensor
from keras_front.core.variable import Variable
from keras_front.initializers import Initializer
from keras_front.layers.input_layer import Input
from keras_front.losses import Loss
from keras_front.metrics import Metric
from keras_front.models import Model, Sequential
from keras_front.optimizers import Optimizer
from keras_front.regularizers import Regularizer
from keras_front.training import grad, value_and_grad

__version__ = "0.1.0"

_install_operators()

__all__ = [
    "DTypePolicy",
    "Initializer",
    "Input",
    "InputSpec",
    "KerasTensor",
    "Layer",
    "Loss",
    "Metric",
    "Model",
    "Optimizer",
    "Overlay",
    "Regularizer",
    "Sequential",
    "Variable",
    "__version__",
    "activations",
    "backend",
    "callbacks",
    "config",
    "constraints",
    "datasets",
    "dtype_policies",
    "grad",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "models",
    "name_scope",
    "ops",
    "optimizers",
    "random",
    "regularizers",
    "saving",
    "tree",
    "utils",
    "value_and_grad",
]
