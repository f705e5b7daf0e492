"""How far training is: a bar, or a line a pass."""

from __future__ import annotations

from typing import Any

from keras_front.callbacks.callback import Callback
from keras_front.utils.progress import Progbar


class ProgbarLogger(Callback):
    """Shows the progress of training, evaluation and prediction, with loss and metrics.

    ``params["verbose"]``: 1 a bar that moves, 2 one line a pass.

    >>> ProgbarLogger().verbose
    1
    """

    #: It need not see every batch: what it shows is refreshed by time.
    _coarse = True

    def __init__(self) -> None:
        super().__init__()
        self.verbose = 1
        self.epochs = 1
        self._bar: Progbar | None = None
        self._called_in_fit = False

    def set_params(self, params: dict[str, Any]) -> None:
        """Takes ``epochs``, ``steps`` and ``verbose``."""
        super().set_params(params)
        self.verbose, self.epochs = int(params.get("verbose", 1)), int(params.get("epochs", 1))

    def _start(self) -> None:
        self._bar = Progbar(self.params.get("steps"), verbose=self.verbose, unit="step")

    def _move(self, batch: int, logs: Any) -> None:
        if self._bar is not None and self._bar.is_due(batch + 1):
            found = logs() if callable(logs) else logs
            self._bar.update(batch + 1, found if self._shows(found) else None)

    @staticmethod
    def _shows(logs: Any) -> bool:
        return bool(logs) and "outputs" not in logs

    def _finish(self, logs: Any) -> None:
        if self._bar is not None:
            self._bar.finish(logs if self._shows(logs) else None)
            self._bar = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Notes that evaluation within training shows no bar of its own."""
        self._called_in_fit = True

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Starts the bar of a pass."""
        self._start()
        assert self._bar is not None
        if self.verbose and self.epochs > 1:
            self._bar.write(f"Epoch {epoch + 1}/{self.epochs}\n")

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Moves the bar."""
        self._move(batch, logs)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Finishes the bar of a pass."""
        self._finish(logs)

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Starts the bar of an evaluation."""
        if not self._called_in_fit:
            self._start()

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        """Moves the bar."""
        if not self._called_in_fit:
            self._move(batch, logs)

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        """Finishes the bar of an evaluation."""
        if not self._called_in_fit:
            self._finish(logs)

    def on_predict_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Starts the bar of a prediction."""
        self._start()

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        """Moves the bar."""
        self._move(batch, None)

    def on_predict_end(self, logs: dict[str, Any] | None = None) -> None:
        """Finishes the bar of a prediction."""
        self._finish(None)
