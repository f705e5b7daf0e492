"""`Model`: a layer that can be trained, saved and summarized."""

from __future__ import annotations

from typing import Any

from keras_front.core.layer import Layer
from keras_front.core.symbolic import is_symbolic
from keras_front.training.trainer import Trainer


class Model(Trainer):
    """A layer with training, evaluation, prediction and saving.

    ``Model(inputs, outputs)`` makes a functional model of symbolic tensors.  A subclass defines ``__init__`` (its layers)
    and ``call``, like any layer.

    errors: ``ValueError`` if inputs and outputs are not connected.

    >>> class Twice(Model):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.dense = keras.layers.Dense(2, kernel_initializer="ones")
    ...     def call(self, inputs):
    ...         return 2 * self.dense(inputs)
    >>> y = Twice()(np.array([[1.0, 2.0]]))
    >>> [float(v) for v in y[0]]
    [6.0, 6.0]
    """

    _not_parts = Trainer._not_parts | {
        "optimizer", "loss", "_loss_tracker", "_compile_loss", "_compile_metrics", "_compile_arguments", "_steps", "history",
    }  # fmt: skip

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        from keras_front.models.functional import Functional

        if cls is Model and _functional_arguments(args, kwargs):
            return Layer.__new__(Functional, *args, **kwargs)
        return Layer.__new__(cls, *args, **kwargs)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if _functional_arguments(args, kwargs):
            # A subclass that hands its graph to `super().__init__` is a functional model from now on.
            from keras_front.models.functional import Functional

            _make_functional(type(self), Functional)
            Functional.__init__(self, *args, **kwargs)  # type: ignore[arg-type]
            return
        if args or "inputs" in kwargs or "outputs" in kwargs:
            raise TypeError(
                f"{type(self).__name__} takes no positional arguments: a functional model is made by "
                "Model(inputs, outputs), both symbolic"
            )
        super().__init__(**kwargs)

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """A model of a configuration that `get_config` gave: that of a graph, or of a subclass's constructor."""
        from keras_front.core.registry import custom_object_scope
        from keras_front.models.functional_config import model_from_graph_config

        with custom_object_scope(custom_objects or {}):
            if {"layers", "input_layers", "output_layers"} <= config.keys():
                return model_from_graph_config(cls, config)
            return super().from_config(config)

    @property
    def layers(self) -> list[Layer]:
        """The layers set as its attributes, in that order."""
        return self._children()

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """The layer of a name or place.

        errors: ``ValueError`` unless exactly one of the two is given, or if there is no such layer.
        """
        if (name is None) == (index is None):
            raise ValueError(f"give either `name` or `index`, got name={name!r}, index={index!r}")
        if index is not None:
            if not -len(self.layers) <= index < len(self.layers):
                raise ValueError(
                    f"`index` must be below {len(self.layers)}, the number of layers, got {index}"
                )
            return self.layers[index]
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise ValueError(
            f"no layer is called {name!r}; the layers are {', '.join(layer.name for layer in self.layers)}"
        )

    def summary(
        self,
        line_length: int | None = None,
        positions: Any = None,
        print_fn: Any = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Any = None,
    ) -> None:
        """Prints a table of the layers: names and types, output shapes, numbers of parameters, and totals.

        ``line_length``: width in characters.  ``print_fn``: takes the text instead of ``print``.  ``expand_nested``: show the
        layers of models inside.  ``show_trainable``: a column that says which layers are trained.  ``layer_range``: names
        of the first and last layer to show.
        """
        from keras_front.utils.summary import print_summary

        print_summary(
            self, line_length=line_length, positions=positions, print_fn=print_fn, expand_nested=expand_nested,
            show_trainable=show_trainable, layer_range=layer_range,
        )  # fmt: skip

    def save(self, filepath: Any, overwrite: bool = True, **kwargs: Any) -> None:
        """Saves architecture, weights and training state to one ``.keras`` file."""
        from keras_front.saving.files import save_model

        save_model(self, filepath, overwrite=overwrite, **kwargs)

    def save_weights(self, filepath: Any, overwrite: bool = True, **kwargs: Any) -> None:
        """Saves the weights to a ``.weights.h5`` file."""
        from keras_front.saving.files import save_weights

        save_weights(self, filepath, overwrite=overwrite, **kwargs)

    def load_weights(self, filepath: Any, skip_mismatch: bool = False, **kwargs: Any) -> None:
        """Loads the weights of a file that `save_weights` or `save` wrote."""
        from keras_front.saving.files import load_weights

        load_weights(self, filepath, skip_mismatch=skip_mismatch, **kwargs)

    def to_json(self, **kwargs: Any) -> str:
        """The architecture as JSON, without weights; ``kwargs`` go to ``json.dumps``."""
        import json

        from keras_front.saving import serialize_keras_object

        return json.dumps(serialize_keras_object(self), **kwargs)


def _make_functional(cls: type, functional: type) -> None:
    """Puts `Functional` in the place of `Model` among the bases of a class."""
    if not issubclass(cls, functional):
        for base in cls.__bases__:
            if base is not Model and issubclass(base, Model):
                _make_functional(base, functional)
        cls.__bases__ = tuple(functional if base is Model else base for base in cls.__bases__)


def _functional_arguments(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    return (
        (len(args) >= 2 and is_symbolic(args[:2]))
        or ("inputs" in kwargs and "outputs" in kwargs)
        or (len(args) == 1 and "outputs" in kwargs)
    )
