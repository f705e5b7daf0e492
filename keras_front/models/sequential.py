"""Sequential models: one layer after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keras_front.core.layer import Layer, map_values
from keras_front.core.naming import auto_name, scope_of
from keras_front.core.symbolic import KerasTensor
from keras_front.core.tracking import structure
from keras_front.layers.input_layer import Input, InputLayer
from keras_front.models.functional import Functional
from keras_front.models.model import Model


class Sequential(Model):
    """A chain of layers, each with one input and one output.

    ``layers``: the layers in order.  If the first is an `Input` (or the first layer has an ``input_shape``) the
    model is built at once, otherwise when it first sees data.

    errors: ``TypeError`` for what is no layer, ``ValueError`` for two layers of one name.

    >>> from keras_front import layers
    >>> model = Sequential([keras.Input((4,)), keras.layers.Dense(3, "relu"), keras.layers.Dense(2)])
    >>> model.output_shape, model.count_params()
    ((None, 2), 23)
    """

    _not_parts = Model._not_parts | {"_functional"}

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        return Layer.__new__(cls, *args, **kwargs)

    def __init__(
        self, layers: Sequence[Any] | None = None, trainable: bool = True, name: str | None = None
    ) -> None:
        super().__init__(trainable=trainable, name=name or auto_name(Sequential))
        self._functional: Functional | None = None
        self._layers: list[Layer] = []
        for layer in layers or ():
            self._append(layer)
        self._build_if_declared()

    # ------------------------------------------------------------ the chain

    def add(self, layer: Any, rebuild: bool = True) -> None:
        """Appends a layer.

        errors: ``TypeError`` for what is no layer, ``ValueError`` for a name that is taken or a second input.
        """
        self._append(layer)
        if rebuild:
            self._build_if_declared()
        else:
            self._forget_graph()

    def pop(self, rebuild: bool = True) -> Layer:
        """Removes the last layer and returns it.

        errors: ``ValueError`` if there is none.
        """
        if not self.layers:
            raise ValueError(f"model {self.name!r} has no layer to remove")
        layer: Layer = self._layers.pop()
        self._forget_graph()
        if rebuild:
            self._build_if_declared()
        return layer

    def _append(self, layer: Any) -> None:
        if (
            isinstance(layer, KerasTensor)
            and layer.history
            and isinstance(layer.history[0].operation, InputLayer)
        ):
            layer = layer.history[0].operation
        if not isinstance(layer, Layer):
            raise TypeError(
                f"a Sequential model takes layers, got {layer!r:.120} of type {type(layer).__name__}. "
                "Put a function into a `Lambda` or `Activation` layer"
            )
        if any(other.name == layer.name for other in self._layers):
            raise ValueError(
                f"the layers of a model need different names, but model {self.name!r} already has one called "
                f"{layer.name!r}: give one of them another `name`"
            )
        if isinstance(layer, InputLayer) and self._layers:
            raise ValueError(
                f"model {self.name!r} already has layers, so the input {layer.name!r} comes too late"
            )
        shape = layer._input_shape_argument
        if not self._layers and shape is not None and not isinstance(layer, InputLayer):
            self._layers.append(InputLayer(shape=shape, dtype=layer.compute_dtype))
        self._layers.append(layer)

    @property
    def layers(self) -> list[Layer]:
        """Its layers in order, without the input layer."""
        return [layer for layer in self._layers if not isinstance(layer, InputLayer)]

    # ------------------------------------------------------------ building

    def _forget_graph(self) -> None:
        self._functional = None
        self.built = False
        structure.changed()

    def _build_if_declared(self) -> None:
        """Builds the graph if the shape of the input is known."""
        first = self._layers[0] if self._layers else None
        if isinstance(first, InputLayer):
            self._build_graph(first.output)
        elif isinstance(first, Functional) or (
            isinstance(first, Sequential) and first._functional is not None
        ):
            self._build_graph(None, first)
        else:
            self._forget_graph()

    def _build_graph(self, tensor: KerasTensor | None, first: Functional | Sequential | None = None) -> None:
        if first is not None:
            tensor = Input(batch_shape=first.input_shape, dtype=first.inputs[0].dtype)
        assert tensor is not None
        x: Any = tensor
        with scope_of(self.name):
            for layer in self.layers:
                x = layer(x)
        self._functional = Functional(tensor, x, name=self.name)
        self._build_shapes = {"input_shape": tensor.shape}
        self.built = True
        structure.changed()

    def build(self, input_shape: Any = None) -> None:
        """Builds the layers for inputs of a shape (batch axis included)."""
        if input_shape is None or self._functional is not None:
            return
        if not self._layers:
            raise ValueError(f"model {self.name!r} has no layers: `add` some before building it")
        entry = InputLayer(batch_shape=tuple(input_shape), dtype=self._layers[0].compute_dtype)
        self._layers.insert(0, entry)
        self._build_graph(entry.output)

    def _build_for(self, arguments: dict[str, Any]) -> None:
        inputs = arguments["inputs"]
        if not hasattr(inputs, "shape"):
            raise ValueError(f"model {self.name!r} takes one tensor, got {type(inputs).__name__}")
        # Data shows the sizes of one batch; the first axis stays open.
        shape = (None, *tuple(inputs.shape)[1:])
        if not self._layers:
            raise ValueError(f"model {self.name!r} has no layers: `add` some before calling it")
        entry = InputLayer(batch_shape=shape, dtype=inputs.dtype)
        self._layers.insert(0, entry)
        self._build_graph(entry.output)

    # ------------------------------------------------------------ calling

    @property
    def _takes_training(self) -> bool:
        return True

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Runs the layers one after the other."""
        if self._functional is None:
            raise ValueError(
                f"model {self.name!r} is not built: call it on data, or `build(input_shape)` it, first"
            )
        return self._functional.call(inputs, training=training, mask=mask)

    def _check_inputs(self, x: Any) -> None:
        if self._functional is not None:
            self._functional._check_inputs(x)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the output for inputs of a shape."""
        if self._functional is not None:
            return self._functional.compute_output_shape(input_shape)
        for layer in self.layers:
            input_shape = layer.compute_output_shape(input_shape)
        return input_shape

    def _graph_part(self, what: str) -> Functional:
        if self._functional is None:
            raise AttributeError(
                f"model {self.name!r} has no `{what}` before it is built: start it with `Input(shape)`, or call it on data"
            )
        return self._functional

    @property
    def input_shape(self) -> Any:
        """The shape of the input."""
        return self._graph_part("input_shape").input_shape

    @property
    def output_shape(self) -> Any:
        """The shape of the output."""
        return self._graph_part("output_shape").output_shape

    @property
    def inputs(self) -> list[KerasTensor]:
        """The symbolic input, in a list."""
        return self._graph_part("inputs").inputs

    @property
    def outputs(self) -> list[KerasTensor]:
        """The symbolic output, in a list."""
        return self._graph_part("outputs").outputs

    @property
    def input(self) -> Any:
        """The symbolic input."""
        return self._graph_part("input").input

    @property
    def output(self) -> Any:
        """The symbolic output."""
        return self._graph_part("output").output

    @property
    def input_names(self) -> list[str]:
        """The name of the input, in a list."""
        return self._graph_part("input_names").input_names

    @property
    def output_names(self) -> list[str]:
        """The name of the layer that gives the output, in a list."""
        return self._graph_part("output_names").output_names

    # ------------------------------------------------------------ configuration

    def get_config(self) -> dict[str, Any]:
        """The configurations of its layers in order."""
        from keras_front.saving import serialize_keras_object

        config: dict[str, Any] = {
            "name": self.name,
            "trainable": self._trainable,
            "dtype": serialize_keras_object(self._dtype_policy),
            "layers": [serialize_keras_object(layer) for layer in self._layers],
        }
        if self._functional is not None:
            config["build_input_shape"] = map_values(lambda size: size, self._functional.input_shape)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """A model of a configuration that `get_config` gave."""
        from keras_front.saving import deserialize_keras_object

        model = cls(name=config.get("name"), trainable=config.get("trainable", True))
        for i, layer in enumerate(config["layers"]):
            model._append(
                deserialize_keras_object(layer, custom_objects, kind="layer", member=f"layers[{i}]")
            )
        model._build_if_declared()
        shape = config.get("build_input_shape")
        if model._functional is None and shape is not None and model._layers:
            model.build(tuple(shape))
        return model
