"""Which backend this process runs on, and how it is found.

``KERAS_BACKEND``, else ``"backend"`` in ``keras.json``, else ``numpy``.  Backends are found only through the
entry-point group ``keras_front.backends``, so a third party's has the same rights as ours.
"""

from __future__ import annotations

import os
import warnings
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

from keras_front.core import settings

if TYPE_CHECKING:
    from keras_front.protocol.typed import Backend

GROUP = "keras_front.backends"
DEFAULT = "numpy"


class BackendError(ImportError):
    """The chosen backend cannot be used; the message says what is installed and what to type."""


def chosen_name() -> tuple[str, str]:
    """The name of the backend to use, and where it was chosen (for messages)."""
    if os.environ.get("KERAS_BACKEND"):
        return os.environ["KERAS_BACKEND"], "the environment variable KERAS_BACKEND"
    if "backend" in settings.read_file():
        return str(settings.read_file()["backend"]), str(settings.home() / "keras.json")
    return DEFAULT, "the default"


def _chosen() -> tuple[str, str]:
    """`chosen_name`, or the default where the settings file names a backend that is not there.

    Other Keras installations write that file by themselves, so its choice may never have been the user's.
    """
    name, source = chosen_name()
    if "KERAS_BACKEND" in source or source == "the default" or name in installed():
        return name, source
    warnings.warn(
        f"{source} names the backend {name!r}, which is not installed here; using {DEFAULT!r}. Installed: "
        f"{', '.join(installed())}. Set KERAS_BACKEND to one of these, or change the file",
        UserWarning,
        stacklevel=2,
    )
    return DEFAULT, "the default"


def installed() -> list[str]:
    """Names of the backends registered in this environment."""
    return sorted({entry.name for entry in entry_points(group=GROUP)})


def load(name: str | None = None) -> Backend:
    """The backend of the given name, or the chosen one.

    errors: `BackendError` if it is unknown, registered twice, lacks its framework, or breaks on import.
    """
    source = "the argument `name`"
    if name is None:
        name, source = _chosen()
    entries = [entry for entry in entry_points(group=GROUP) if entry.name == name]
    if not entries:
        raise BackendError(
            f"unknown backend {name!r} (from {source}). Installed: {', '.join(installed()) or 'none'}. "
            f"Set KERAS_BACKEND to one of these, or install the package that provides {name!r}"
        )
    if len({entry.value for entry in entries}) > 1:
        owners = ", ".join(sorted(f"{_owner(entry)} ({entry.value})" for entry in entries))
        raise BackendError(
            f"backend {name!r} is registered more than once: by {owners}. Uninstall all but one"
        )
    return _import(entries[0])


def _import(entry: EntryPoint) -> Backend:
    try:
        backend: Backend = entry.load()
    except ModuleNotFoundError as error:
        needed = (error.name or "").partition(".")[0]
        raise BackendError(
            f"backend {entry.name!r} needs the package {needed!r}, which is not installed: "
            f"pip install {needed}. Installed backends: {', '.join(installed())}"
        ) from error
    except Exception as error:
        raise BackendError(
            f"backend {entry.name!r} (from {_owner(entry)}) breaks on import: {type(error).__name__}: {error}. "
            "Reinstall it, or set KERAS_BACKEND to another one"
        ) from error
    return backend


def _owner(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else "an unknown package"
