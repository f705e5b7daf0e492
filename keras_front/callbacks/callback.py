"""The base class of callbacks, and the list that calls them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Logs = dict[str, Any]


class Callback:
    """What is called at the turns of training, evaluation and prediction; a subclass overrides what it wants to see.

    ``self.model`` is the model at work, ``self.params`` its ``epochs``, ``steps`` and ``verbose``.  ``logs`` holds loss and metrics
    as floats.

    >>> class Count(Callback):
    ...     n = 0
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         self.n += 1
    """

    def __init__(self) -> None:
        self.params: dict[str, Any] = {}
        self._model: Any = None

    @property
    def model(self) -> Any:
        """The model at work."""
        return self._model

    def set_params(self, params: dict[str, Any]) -> None:
        """Takes ``epochs``, ``steps`` and ``verbose``."""
        self.params = params

    def set_model(self, model: Any) -> None:
        """Takes the model at work."""
        self._model = model

    def on_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Another name of `on_train_batch_begin`."""

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Another name of `on_train_batch_end`."""

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Before a pass over the data; passes count from 0."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """After a pass and its validation, whose results begin with ``val_``."""

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Before a training step."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """After a training step."""
        self.on_batch_end(batch, logs)

    def on_test_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Before an evaluation step."""

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """After an evaluation step."""

    def on_predict_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Before a prediction step."""

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """After a prediction step; ``logs["outputs"]`` holds the outputs."""

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Before training."""

    def on_train_end(self, logs: Logs | None = None) -> None:
        """After training."""

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Before evaluation."""

    def on_test_end(self, logs: Logs | None = None) -> None:
        """After evaluation."""

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        """Before prediction."""

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """After prediction."""


class CallbackList(Callback):
    """Calls each of its callbacks; per batch only those that listen to batches.

    ``callbacks``: a callback or a list of them.  Logs of a batch may be a function, which is called only if somebody listens.

    >>> seen = []
    >>> class Listener(Callback):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         seen.append(epoch)
    >>> CallbackList([Listener(), Listener()]).on_epoch_end(3)
    >>> seen
    [3, 3]
    """

    def __init__(
        self,
        callbacks: Any = None,
        add_history: bool = False,
        add_progbar: bool = False,
        model: Any = None,
        **params: Any,
    ) -> None:
        super().__init__()
        from keras_front.callbacks.history import History
        from keras_front.callbacks.progress import ProgbarLogger

        given = (
            [] if callbacks is None else callbacks if isinstance(callbacks, (list, tuple)) else [callbacks]
        )
        self.callbacks: list[Callback] = list(given)
        for callback in self.callbacks:
            if not callable(getattr(callback, "on_epoch_end", None)):
                raise TypeError(f"`callbacks` must hold Callback objects, got {callback!r:.120}")
        if add_progbar and not any(isinstance(c, ProgbarLogger) for c in self.callbacks):
            self.callbacks.append(ProgbarLogger())
        if add_history:
            history = next((c for c in self.callbacks if isinstance(c, History)), None)
            if history is None:
                history = History()
                self.callbacks.append(history)
            if model is not None:
                model.history = history
        for callback in self.callbacks:
            callback.set_params(params)
            callback.set_model(model)
        self._batch_hooks = {
            name: [getattr(c, name) for c in self.callbacks if _listens(c, name)]
            for kind in ("train", "test", "predict")
            for name in (f"on_{kind}_batch_begin", f"on_{kind}_batch_end")
        }

    def per_batch(self, kind: str) -> bool:
        """Whether somebody must see every single batch (a progress bar need not)."""
        return any(
            not getattr(hook.__self__, "_coarse", False)
            for name in (f"on_{kind}_batch_begin", f"on_{kind}_batch_end")
            for hook in self._batch_hooks[name]
        )

    def _batch(self, name: str, batch: int, logs: Any) -> None:
        for hook in self._batch_hooks[name]:
            if callable(logs) and not getattr(hook.__self__, "_coarse", False):
                logs = logs()
            hook(batch, logs)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Before a training step."""
        self._batch("on_train_batch_begin", batch, logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """After a training step."""
        self._batch("on_train_batch_end", batch, logs)

    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Before an evaluation step."""
        self._batch("on_test_batch_begin", batch, logs)

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        """After an evaluation step."""
        self._batch("on_test_batch_end", batch, logs)

    def on_predict_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Before a prediction step."""
        self._batch("on_predict_batch_begin", batch, logs)

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        """After a prediction step."""
        self._batch("on_predict_batch_end", batch, logs)

    def _all(self, name: str, *args: Any) -> None:
        for callback in self.callbacks:
            getattr(callback, name)(*args)

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Before a pass over the data."""
        self._all("on_epoch_begin", epoch, logs or {})

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """After a pass and its validation."""
        self._all("on_epoch_end", epoch, logs or {})

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Before training."""
        self._all("on_train_begin", logs or {})

    def on_train_end(self, logs: Logs | None = None) -> None:
        """After training."""
        self._all("on_train_end", logs or {})

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Before evaluation."""
        self._all("on_test_begin", logs or {})

    def on_test_end(self, logs: Logs | None = None) -> None:
        """After evaluation."""
        self._all("on_test_end", logs or {})

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        """Before prediction."""
        self._all("on_predict_begin", logs or {})

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """After prediction."""
        self._all("on_predict_end", logs or {})


def _listens(callback: Callback, name: str) -> bool:
    """Whether a callback does anything on a batch."""

    def own(method: str) -> bool:
        found: Callable[..., Any] | None = getattr(type(callback), method, None)
        return found is not None and found is not getattr(Callback, method, None)

    return own(name) or (name.startswith("on_train_batch") and own(name.replace("train_", "")))
