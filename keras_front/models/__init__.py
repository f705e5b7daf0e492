"""Models: `Model` (functional and subclassed) and `Sequential`."""

from keras_front.models.functional import Functional
from keras_front.models.model import Model
from keras_front.models.sequential import Sequential
from keras_front.saving import load_model, save_model

__all__ = ["Functional", "Model", "Sequential", "load_model", "save_model"]
