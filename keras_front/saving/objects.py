"""Objects as configurations, and back: Keras 3's form of them."""

from __future__ import annotations

import types
from typing import Any

import numpy as np

from keras_front.core import registry
from keras_front.core.symbolic import KerasTensor
from keras_front.protocol import dtypes
from keras_front.saving import catalogue
from keras_front.saving.errors import ModelLoadError, shown

_PLAIN = (str, bool, int, float, type(None))


# ---------------------------------------------------------------- to configurations


def serialize_keras_object(obj: Any) -> Any:
    """The configuration of an object: numbers, strings, lists and dicts only.

    errors: ``TypeError`` for what has no ``get_config``, ``ValueError`` for a Python lambda.

    >>> serialize_keras_object((1, 2))
    {'class_name': '__tuple__', 'config': {'value': [1, 2]}}
    """
    if isinstance(obj, (np.integer, np.floating, np.bool_)):
        return obj.item()
    if isinstance(obj, _PLAIN):
        return obj
    if isinstance(obj, list):
        return [serialize_keras_object(item) for item in obj]
    if isinstance(obj, tuple):
        return {
            "class_name": "__tuple__",
            "config": {"value": [serialize_keras_object(item) for item in obj]},
        }
    if isinstance(obj, dict):
        return {str(key): serialize_keras_object(value) for key, value in obj.items()}
    if isinstance(obj, KerasTensor):
        return _serialize_symbolic(obj)
    if isinstance(obj, slice):
        parts = {key: serialize_keras_object(getattr(obj, key)) for key in ("start", "stop", "step")}
        return {"class_name": "__slice__", "config": parts}
    if obj is Ellipsis:
        return {"class_name": "__ellipsis__", "config": {}}
    if isinstance(obj, np.ndarray):
        return {"class_name": "__numpy__", "config": {"value": obj.tolist(), "dtype": obj.dtype.name}}
    if isinstance(obj, np.dtype) or (isinstance(obj, type) and obj in (bool, int, float)):
        return dtypes.standardize(obj)
    if isinstance(obj, (types.FunctionType, types.BuiltinFunctionType)):
        return _serialize_function(obj)
    if not hasattr(obj, "get_config"):
        raise TypeError(
            f"{obj!r:.120} of type {type(obj).__name__} cannot be written to a configuration: it needs a `get_config()` method"
        )
    return _serialize_instance(obj)


def _serialize_instance(obj: Any) -> dict[str, Any]:
    cls = type(obj)
    kind = catalogue.kind_of_class().get(cls)
    registered = registry.get_registered_name(cls)
    module: str | None = cls.__module__
    name: str | None = registered
    if kind is not None:
        module, name = catalogue.MODULES[kind], None
        if cls.__name__ == "Functional":
            module, name = "keras.src.models.functional", "Functional"
    elif registered != cls.__name__:
        module = None
    config = {
        "module": module,
        "class_name": cls.__name__,
        "config": _plain(obj.get_config()),
        "registered_name": name,
    }
    if getattr(obj, "_tracked_as", None) == "layer":
        if obj.built and obj.get_build_config() is not None:
            config["build_config"] = _plain(obj.get_build_config())
        if getattr(obj, "compiled", False):
            config["compile_config"] = obj.get_compile_config()
    return config


def _plain(value: Any) -> Any:
    """A configuration with JSON's types only; objects in it are serialized."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return serialize_keras_object(value)


def _serialize_function(function: Any) -> Any:
    name: str = function.__name__
    if name == "<lambda>":
        raise ValueError(
            "a lambda cannot be written to a configuration: define a named function and decorate it with "
            "@keras_front.saving.register_keras_serializable()"
        )
    for kind, table in catalogue.functions().items():
        if table.get(name) is function:
            return {
                "module": catalogue.MODULES[kind], "class_name": "function", "config": name,
                "registered_name": name,
            }  # fmt: skip
    return {
        "module": None, "class_name": "function", "config": name,
        "registered_name": registry.get_registered_name(function),
    }  # fmt: skip


def _serialize_symbolic(tensor: KerasTensor) -> dict[str, Any]:
    history = None
    if tensor.history is not None:
        node, index = tensor.history
        history = [node.operation.name, node.index, index]
    config = {"shape": list(tensor.shape), "dtype": tensor.dtype, "keras_history": history}
    return {"class_name": "__keras_tensor__", "config": config}


# ---------------------------------------------------------------- from configurations


def deserialize_keras_object(
    config: Any,
    custom_objects: dict[str, Any] | None = None,
    safe_mode: bool = True,
    kind: str | None = None,
    member: str = "config",
) -> Any:
    """The object of a configuration.

    A class name is looked up among this library's classes and the registered ones, in the table of its kind; nothing is
    imported.  ``kind``: the kind that is allowed here, ``None`` for any.

    errors: `ModelLoadError` for a name that is unknown, of another kind, or bytecode.

    >>> deserialize_keras_object({"class_name": "__tuple__", "config": {"value": [1, 2]}})
    (1, 2)
    """
    if isinstance(config, _PLAIN):
        return config
    if isinstance(config, (list, tuple)):
        return [
            deserialize_keras_object(item, custom_objects, safe_mode, kind, f"{member}[{i}]")
            for i, item in enumerate(config)
        ]
    if not isinstance(config, dict):
        raise ModelLoadError(
            "bad-config", member, f"a configuration holds JSON values, got {type(config).__name__}"
        )
    if "class_name" not in config or "config" not in config:
        return {
            key: deserialize_keras_object(value, custom_objects, safe_mode, kind, f"{member}.{shown(key)}")
            for key, value in config.items()
        }
    name, inner = config["class_name"], config["config"]
    if not isinstance(name, str):
        raise ModelLoadError(
            "bad-config", member, f"`class_name` must be a string, got {type(name).__name__}"
        )
    if name.startswith("__") and name.endswith("__"):
        return _special(name, inner, custom_objects, safe_mode, member)
    if name == "function":
        return _find_function(config, custom_objects, kind, member)
    cls = _find_class(config, custom_objects, kind, member)
    return _make(cls, config, inner, custom_objects, member)


def _make(cls: Any, config: dict[str, Any], inner: Any, custom_objects: Any, member: str) -> Any:
    if not isinstance(inner, dict):
        raise ModelLoadError(
            "bad-config", f"{member}.config", f"`config` must be an object, got {type(inner).__name__}"
        )
    scope = registry.custom_object_scope(custom_objects or {})
    with scope:
        try:
            instance = cls.from_config(dict(inner))
        except ModelLoadError:
            raise
        except (TypeError, ValueError, KeyError, AttributeError, IndexError) as error:
            raise ModelLoadError(
                "bad-config",
                f"{member}.config",
                f"{cls.__name__} cannot be made of its configuration: {shown(error, 500)}",
            ) from error
        build_config = config.get("build_config")
        if build_config and hasattr(instance, "build_from_config") and not getattr(instance, "built", True):
            instance.build_from_config(build_config)
        if config.get("compile_config") and hasattr(instance, "compile_from_config"):
            instance.compile_from_config(config["compile_config"])
    return instance


def _special(name: str, inner: Any, custom_objects: Any, safe_mode: bool, member: str) -> Any:
    if name == "__lambda__":
        raise ModelLoadError(
            "code-in-file", member,
            "the file holds Python bytecode, which is never run. Register a named function with "
            "@keras_front.saving.register_keras_serializable() and save the model with it",
        )  # fmt: skip
    if name == "__ellipsis__":
        return Ellipsis
    if not isinstance(inner, dict):
        raise ModelLoadError("bad-config", member, f"`config` of {shown(name)} must be an object")
    if name == "__tuple__":
        return tuple(
            deserialize_keras_object(inner.get("value", []), custom_objects, safe_mode, None, member)
        )
    if name == "__slice__":
        return slice(inner.get("start"), inner.get("stop"), inner.get("step"))
    if name in ("__numpy__", "__tensor__"):
        dtype = inner.get("dtype")
        if dtype not in dtypes.ALL:
            raise ModelLoadError(
                "bad-config", member, f"`dtype` must be one of {', '.join(dtypes.ALL)}, got {shown(dtype)}"
            )
        array = np.array(inner.get("value"), dtype=dtype)
        if name == "__numpy__":
            return array
        from keras_front.core.convert import to_tensor

        return to_tensor(array)
    raise ModelLoadError("unknown-object", member, f"no object is called {shown(name)}")


def _find_function(config: dict[str, Any], custom_objects: Any, kind: str | None, member: str) -> Any:
    name = config["config"]
    registered = config.get("registered_name") or name
    if not isinstance(name, str) or not isinstance(registered, str):
        raise ModelLoadError("bad-config", member, "the name of a function must be a string")
    for key in (registered, name):
        found = registry.get_registered_object(key, custom_objects)
        if found is not None:
            return found
    tables = catalogue.functions()
    for each in (kind,) if kind else catalogue.kinds_of_module(config.get("module")):
        if each in tables and name in tables[each]:
            return tables[each][name]
    raise _unknown(name, config, member)


def _find_class(config: dict[str, Any], custom_objects: Any, kind: str | None, member: str) -> Any:
    name, registered = config["class_name"], config.get("registered_name")
    tables = catalogue.classes()
    module = config.get("module")
    known = catalogue.kinds_of_module(module)
    allowed = (kind,) if kind else known
    if not known:
        for key in (registered, name):
            found = registry.get_registered_object(key, custom_objects) if isinstance(key, str) else None
            if found is not None:
                if not isinstance(found, type):
                    raise ModelLoadError(
                        "wrong-kind", member, f"{shown(key)} is a function, where a class is expected"
                    )
                actual = catalogue.kind_by_base(found)
                if kind and actual and actual != kind:
                    raise ModelLoadError(
                        "wrong-kind", member, f"{shown(key)} is a {actual}, where a {kind} is expected"
                    )
                return found
    if allowed == ("layer",):
        allowed = ("layer", "model")
    for each in allowed or tables:
        if name in tables[each]:
            return tables[each][name]
    for each, table in tables.items():
        if name in table:
            raise ModelLoadError(
                "wrong-kind", member, f"{shown(name)} is a {each}, where a {allowed[0]} is expected"
            )
    raise _unknown(name, config, member)


def _unknown(name: str, config: dict[str, Any], member: str) -> ModelLoadError:
    module = config.get("module")
    where = f" of module {shown(module)}" if module else ""
    return ModelLoadError(
        "unknown-object", member,
        f"no class or function is called {shown(name)!r}{where}. If it is your own, pass custom_objects={{{shown(name)!r}: ...}}, or "
        "register it with @keras_front.saving.register_keras_serializable()",
    )  # fmt: skip


def deserialize_config(
    config: dict[str, Any], custom_objects: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The arguments of a constructor from a configuration: objects in it are made, one by one.

    >>> given = {"units": 2, "kernel_initializer": {"module": "keras.initializers", "class_name": "Ones", "config": {}}}
    >>> deserialize_config(given)
    {'units': 2, 'kernel_initializer': Ones()}
    """
    return {
        key: deserialize_keras_object(value, custom_objects, member=shown(key))
        if isinstance(value, (dict, list))
        else value
        for key, value in config.items()
    }
