"""A layer as a configuration: what its constructor was given, and the way back."""

from __future__ import annotations

import inspect
from typing import Any, TypeVar

from keras_front.core.layer_parts import LayerParts

Self = TypeVar("Self", bound="LayerConfig")


class LayerConfig(LayerParts):
    """The part of a layer that writes down how to make it again."""

    def get_config(self) -> dict[str, Any]:
        """The configuration from which `from_config` makes an equal layer (without its weights).

        errors: ``NotImplementedError`` if the constructor takes arguments that no configuration can hold.
        """
        config = self._base_config()
        if not _writes_its_own(type(self)):
            config.update(self._constructor_config())
        return config

    def _base_config(self) -> dict[str, Any]:
        from keras_front.saving import serialize_keras_object

        config: dict[str, Any] = {
            "name": self.name,
            "trainable": self._trainable,
            "dtype": serialize_keras_object(self._dtype_policy),
        }
        if self._activity_regularizer is not None:
            config["activity_regularizer"] = serialize_keras_object(self._activity_regularizer)
        return config

    def _constructor_config(self) -> dict[str, Any]:
        from keras_front.core.layer import Layer
        from keras_front.saving import serialize_keras_object

        init = type(self).__init__
        if init is Layer.__init__:
            return {}
        args, kwargs = self._init_arguments
        bound = inspect.signature(init).bind(self, *args, **kwargs)
        values: dict[str, Any] = {}
        for key, value in list(bound.arguments.items())[1:]:
            kind = bound.signature.parameters[key].kind
            if kind is inspect.Parameter.VAR_KEYWORD:
                values.update(value)
            elif kind is not inspect.Parameter.VAR_POSITIONAL:
                values[key] = value
        try:
            return {
                key: serialize_keras_object(value)
                for key, value in values.items()
                if key not in ("name", "trainable", "dtype")
            }
        except TypeError as error:
            raise NotImplementedError(
                f"layer {type(self).__name__!r} takes constructor arguments that cannot be written to a configuration "
                f"({error}): define `get_config(self)`"
            ) from error

    @classmethod
    def from_config(cls: type[Self], config: dict[str, Any]) -> Self:
        """A layer of a configuration that `get_config` gave."""
        if not _writes_its_own(cls):
            # The constructor's arguments were written down as they were given, objects among them.
            from keras_front.saving import deserialize_config

            config = deserialize_config(config)
        try:
            return cls(**config)
        except TypeError as error:
            raise TypeError(
                f"{cls.__name__}.from_config: {error}; the configuration is {config!r:.300}"
            ) from error


def _writes_its_own(cls: type[LayerConfig]) -> bool:
    """Whether a class has a `get_config` of its own."""
    return cls.get_config is not LayerConfig.get_config
