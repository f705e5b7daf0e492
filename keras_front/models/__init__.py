"""Models: `Model` (functional and subclassed) and `Sequential`."""

from keras_front.models.functional import Functional
from keras_front.models.model import Model
from keras_front.models.sequential import Sequential

__all__ = ["Functional", "Model", "Sequential", "load_model", "save_model"]


def __getattr__(name: str) -> object:
    # h5py is imported with the first file, not with the library.
    if name in ("load_model", "save_model"):
        from keras_front.saving import files

        return getattr(files, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
