"""The Keras interface on NumPy, PyTorch and JAX.

Each name is loaded when it is first asked for.  So `keras_front.protocol`, which adapters import, needs no backend, and
an adapter may be imported before the front as well as after it.

>>> import keras_front as keras
>>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
>>> model.output_shape
(None, 2)
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

#: Where the names are that are no modules of this package.
_MODULE_OF = {
    "DTypePolicy": "keras_front.core.dtype_policy",
    "Initializer": "keras_front.initializers",
    "Input": "keras_front.layers.input_layer",
    "InputSpec": "keras_front.core.input_spec",
    "KerasTensor": "keras_front.core.symbolic",
    "Layer": "keras_front.core.layer",
    "Loss": "keras_front.losses",
    "Metric": "keras_front.metrics",
    "Model": "keras_front.models",
    "Optimizer": "keras_front.optimizers",
    "Overlay": "keras_front.core.overlay",
    "Regularizer": "keras_front.regularizers",
    "Sequential": "keras_front.models",
    "Variable": "keras_front.core.variable",
    "grad": "keras_front.training",
    "name_scope": "keras_front.core.naming",
    "value_and_grad": "keras_front.training",
}

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


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    place = _MODULE_OF.get(name)
    found = getattr(_import_module(place), name) if place else _import_module(f"{__name__}.{name}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
