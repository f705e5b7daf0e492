"""What training gave, pass by pass."""

from __future__ import annotations

from typing import Any

from keras_front.callbacks.callback import Callback


class History(Callback):
    """Keeps the logs of every pass; `fit` returns it.

    ``epoch``: the passes.  ``history``: loss and metrics by name, one number a pass in which they were taken.

    >>> History().history
    {}
    """

    def __init__(self) -> None:
        super().__init__()
        self.epoch: list[int] = []
        self.history: dict[str, list[Any]] = {}

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Begins a new list of passes."""
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Takes the logs of a pass."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
