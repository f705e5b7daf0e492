"""Global settings: float type, fuzz factor, image layout, and the file they are read from.

The file is ``keras.json`` in the folder ``KERAS_HOME`` (unset: ``~/.keras``), as Keras has it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

_FLOAT_TYPES = ("bfloat16", "float16", "float32", "float64")
_IMAGE_FORMATS = ("channels_last", "channels_first")


def home() -> Path:
    """The folder for settings, downloads and caches."""
    given = os.environ.get("KERAS_HOME")
    return Path(given) if given else Path.home() / ".keras"


def read_file() -> dict[str, Any]:
    """The settings in ``keras.json``; empty if there is no such file.

    errors: ``ValueError`` for a file that is no JSON object.
    """
    path = home() / "keras.json"
    if not path.is_file():
        return {}
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is not valid JSON ({error}): mend it or delete it") from error
    if not isinstance(settings, dict):
        raise ValueError(
            f"{path} must hold a JSON object, got {type(settings).__name__}: mend it or delete it"
        )
    return settings


_file = read_file()


def _chosen(key: str, allowed: tuple[str, ...], default: str) -> str:
    value = _file.get(key, default)
    if value not in allowed:
        raise ValueError(
            f"{home() / 'keras.json'}: {key!r} must be one of {', '.join(allowed)}, got {value!r}"
        )
    return str(value)


_floatx = _chosen("floatx", _FLOAT_TYPES, "float32")
_image_data_format = _chosen("image_data_format", _IMAGE_FORMATS, "channels_last")
_epsilon = float(_file.get("epsilon", 1e-7))


def floatx() -> str:
    """The dtype of new weights and of floating data: ``"float32"`` unless set otherwise.

    >>> floatx()
    'float32'
    """
    return _floatx


def set_floatx(value: str) -> None:
    """Sets the dtype of new weights and of floating data.

    errors: ``ValueError`` unless one of bfloat16, float16, float32, float64.

    >>> set_floatx("float16")
    >>> floatx()
    'float16'
    >>> set_floatx("float32")
    """
    global _floatx
    if value not in _FLOAT_TYPES:
        raise ValueError(f"`value` must be one of {', '.join(_FLOAT_TYPES)}, got {value!r}")
    _floatx = value


def epsilon() -> float:
    """The small number that keeps divisions and logarithms finite: 1e-7 unless set otherwise.

    >>> epsilon()
    1e-07
    """
    return _epsilon


def set_epsilon(value: float) -> None:
    """Sets the small number that keeps divisions and logarithms finite.

    >>> set_epsilon(1e-5)
    >>> epsilon()
    1e-05
    >>> set_epsilon(1e-7)
    """
    global _epsilon
    _epsilon = float(value)


def image_data_format() -> str:
    """``"channels_last"`` unless set otherwise.

    >>> image_data_format()
    'channels_last'
    """
    return _image_data_format


def set_image_data_format(data_format: str) -> None:
    """Sets the layout that image layers take when they are given none.

    errors: ``ValueError`` unless ``"channels_last"`` or ``"channels_first"``.

    >>> set_image_data_format("channels_first")
    >>> image_data_format()
    'channels_first'
    >>> set_image_data_format("channels_last")
    """
    global _image_data_format
    _image_data_format = standardize_data_format(data_format)


def standardize_data_format(data_format: str | None) -> str:
    """``data_format``, or the global one for ``None``.

    errors: ``ValueError`` unless ``"channels_last"`` or ``"channels_first"``.
    """
    if data_format is None:
        return _image_data_format
    if str(data_format).lower() not in _IMAGE_FORMATS:
        raise ValueError(f"`data_format` must be one of {', '.join(_IMAGE_FORMATS)}, got {data_format!r}")
    return str(data_format).lower()
