"""Callbacks: what is called at the turns of training."""

from keras_front.callbacks.callback import Callback, CallbackList
from keras_front.callbacks.history import History
from keras_front.callbacks.progress import ProgbarLogger

__all__ = ["Callback", "CallbackList", "History", "ProgbarLogger"]
