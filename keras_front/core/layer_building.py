"""How a layer gets its weights: from the shapes of its inputs, once."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from keras_front.core.layer_parts import LayerParts
from keras_front.core.naming import current_path, scope_of
from keras_front.core.shape_trees import as_shape, has_shape, map_values, shape_tree, shapes_of, spec_of
from keras_front.core.symbolic import infer_specs
from keras_front.core.tracking import structure
from keras_front.core.variable import Variable
from keras_front.interpret.lifted import leaves


class LayerBuilding(LayerParts):
    """The part of a layer that makes its weights."""

    call: Callable[..., Any]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "build" in cls.__dict__:
            cls.build = _noting_build(cls.__dict__["build"])  # type: ignore[method-assign]

    def add_weight(
        self,
        shape: Any = None,
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        aggregation: str = "none",
        overwrite_with_gradient: bool = False,
        name: str | None = None,
    ) -> Variable:
        """Makes a weight of the layer.

        ``initializer``: default ``"glorot_uniform"`` for floating dtypes, else ``"zeros"``.
        ``dtype``: default the layer's variable dtype.
        """
        from keras_front import constraints, initializers, regularizers

        shape = () if shape is None else (shape,) if isinstance(shape, int) else tuple(shape)
        if not hasattr(self, "_weights"):
            raise self._not_initialized()
        dtype = dtype or self.variable_dtype
        if initializer is None:
            initializer = "glorot_uniform" if "float" in str(dtype) else "zeros"
        with scope_of(self._name):
            variable = Variable(
                initializers.get(initializer), shape=shape, dtype=dtype, trainable=trainable, autocast=autocast,
                aggregation=aggregation, name=name,
            )  # fmt: skip
        variable.regularizer = regularizers.get(regularizer) if regularizer is not None else None
        variable.constraint = constraints.get(constraint)
        variable.overwrite_with_gradient = overwrite_with_gradient
        self._weights.append(variable)
        return variable

    def add_variable(
        self, name: str, shape: Any = None, dtype: Any = None, initializer: Any = None, **kwargs: Any
    ) -> Variable:
        """The 2019 spelling of `add_weight`."""
        from keras_front.utils.deprecation import warn_renamed

        warn_renamed("Layer.add_variable(name, shape, ...)", "Layer.add_weight(shape, ..., name=name)")
        return self.add_weight(shape, initializer, dtype, name=name, **kwargs)

    def build(self, input_shape: Any) -> None:
        """Makes the weights for inputs of a shape.  A subclass overrides it; this one finds the weights of layers
        inside by running ``call`` on the shape."""
        if input_shape is None:
            return
        if not self.built:
            self._build_for({"inputs": shape_tree(input_shape, self.compute_dtype)})
        elif self._build_shapes is None:
            self._build_shapes = {"input_shape": input_shape}

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Builds it with the shapes that `get_build_config` gave."""
        if "input_shape" in config:
            self.build(as_shape(config["input_shape"]))
        elif "shapes_dict" in config:
            self.build(**{key: as_shape(shape) for key, shape in config["shapes_dict"].items()})

    def get_build_config(self) -> dict[str, Any] | None:
        """The shapes it was built with, for `build_from_config`."""
        shapes = self._build_shapes
        if not shapes:
            return None
        return (
            {"input_shape": next(iter(shapes.values()))}
            if len(shapes) == 1
            else {"shapes_dict": dict(shapes)}
        )

    def _build_for(self, arguments: dict[str, Any]) -> None:
        """Builds the layer for the arguments of a call."""
        shapes = {
            f"{name}_shape": shapes_of(value)
            for name, value in arguments.items()
            if any(map(has_shape, leaves(value)))
        }
        with scope_of(self._name):
            self._path = current_path()
            if type(self).build is LayerBuilding.build:
                # Layers inside are built by a run on shapes, which leaves their state alone.
                if self._children():
                    specs = [map_values(spec_of, value) for value in arguments.values()]
                    infer_specs(
                        self.call, tuple(specs[:1]), dict(zip(list(arguments)[1:], specs[1:], strict=True))
                    )
            elif len(shapes) <= 1:
                self.build(next(iter(shapes.values()), None))
            else:
                accepted = inspect.signature(self.build).parameters
                if all(name in accepted for name in shapes):
                    self.build(**shapes)
                else:
                    self.build(next(iter(shapes.values())))
            self._build_shapes = shapes if len(shapes) != 1 else {"input_shape": next(iter(shapes.values()))}
        self.built = True
        structure.changed()


def _noting_build(build: Callable[..., Any]) -> Callable[..., Any]:
    """``build`` so that a call by the user leaves the layer built, under its own name."""
    if hasattr(build, "_notes"):
        return build

    @functools.wraps(build)
    def noting(self: LayerBuilding, *args: Any, **kwargs: Any) -> None:
        if not hasattr(self, "_weights"):
            raise self._not_initialized()
        with scope_of(self._name):
            if self._path is None:
                self._path = current_path()
            build(self, *args, **kwargs)
        self.built = True
        if self._build_shapes is None and (args or kwargs):
            shapes = {**dict(zip(("input_shape",), args, strict=False)), **kwargs}
            self._build_shapes = {key: value for key, value in shapes.items() if value is not None}
        structure.changed()

    noting._notes = True  # type: ignore[attr-defined]
    return noting
