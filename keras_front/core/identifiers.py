"""Objects named by strings and configurations: how `initializers.get("zeros")` and its like find what is meant."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import Any

from keras_front.core.registry import get_registered_name, get_registered_object


class Identifiers:
    """The names of one kind of object, such as initializers.

    ``kind``: the word for messages.  ``module``: the module that files mention.  ``table``: every name and the class
    or function it stands for.  Nothing outside the table and the registry can be named.
    """

    def __init__(self, kind: str, module: str, table: Mapping[str, Callable[..., Any]]) -> None:
        self.kind, self.module, self.table = kind, module, dict(table)
        self._own = set(self.table.values())

    def get(self, identifier: Any) -> Any:
        """The object for a name, a configuration, a class or an object; ``None`` for ``None``.

        errors: ``ValueError`` for an unknown name (with what was probably meant) or what cannot be called.
        """
        if identifier is None:
            return None
        found: Any = identifier
        if isinstance(identifier, (str, dict)):
            found = self.deserialize(identifier)
        if isinstance(found, type):
            found = found()
        if not callable(found):
            raise ValueError(
                f"could not interpret {self.kind} {identifier!r}: expected a name, a configuration or something "
                "that can be called"
            )
        return found

    def serialize(self, obj: Any) -> Any:
        """The configuration of an object, in the form Keras's files have it.

        errors: ``ValueError`` for a function without a name.
        """
        if obj is None or isinstance(obj, (str, dict)):
            return obj
        if isinstance(obj, type) or not hasattr(obj, "get_config"):
            name = getattr(obj, "__name__", type(obj).__name__)
            if name == "<lambda>":
                raise ValueError(
                    f"{self.kind} {obj!r} has no name to save it by: write it as a function and mark it with "
                    "`@keras.saving.register_keras_serializable()`"
                )
            return {
                "module": "builtins",
                "class_name": "function",
                "config": get_registered_name(obj) if hasattr(obj, "__name__") else name,
                "registered_name": "function",
            }
        cls = type(obj)
        own = cls in self._own
        return {
            "module": self.module if own else cls.__module__,
            "class_name": cls.__name__,
            "config": obj.get_config(),
            "registered_name": None if own else get_registered_name(cls),
        }

    def deserialize(self, config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
        """The object of a configuration or name.

        errors: ``ValueError`` for an unknown name or a malformed configuration.
        """
        if config is None:
            return None
        if isinstance(config, str):
            found = self._find(config, custom_objects)
            return found() if isinstance(found, type) else found
        if not isinstance(config, dict) or "config" not in config:
            raise ValueError(
                f"could not interpret {self.kind} configuration {config!r:.200}: it has no `class_name` and `config`"
            )
        from keras_front.saving.objects import deserialize_keras_object

        named = {"class_name": "function", **config}
        found = self.table.get(named["class_name"]) if isinstance(named["class_name"], str) else None
        if isinstance(found, type) and not config.get("registered_name"):
            # Older files use other spellings, such as "zeros" for "Zeros".
            named["class_name"] = found.__name__
        return deserialize_keras_object(named, custom_objects, kind=self.kind, member=self.kind)

    def _find(self, name: str, custom_objects: dict[str, Any] | None) -> Any:
        found = get_registered_object(name, custom_objects, self.table)
        if found is None:
            close = difflib.get_close_matches(name, self.table, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(sorted(self.table))}."
            raise ValueError(
                f"unknown {self.kind} {name!r}: {hint} A class or function of your own needs "
                "`@keras.saving.register_keras_serializable()` or a place in `custom_objects`"
            )
        return found
