"""A progress bar for terminals and notebooks, plain lines for everything else."""

from __future__ import annotations

import math
import sys
import time
from typing import Any


class Progbar:
    """Shows how many of ``target`` steps are done, the time left, and some figures.

    ``target``: number of steps, ``None`` if unknown.  ``width``: of the bar, in characters.  ``verbose``: 0 nothing, 1 a bar that
    moves (in a file: one line at the end), 2 one line at the end.  ``interval``: seconds between two refreshes.

    >>> bar = Progbar(2, verbose=0)
    >>> bar.update(1, {"loss": 0.5})
    >>> bar.finish({"loss": 0.25})
    """

    def __init__(
        self,
        target: int | None,
        width: int = 20,
        verbose: int = 1,
        interval: float = 0.05,
        unit: str = "step",
        stream: Any = None,
    ) -> None:
        self.target, self.width, self.verbose, self.interval, self.unit = (
            target,
            width,
            verbose,
            interval,
            unit,
        )
        self._stream = stream if stream is not None else sys.stdout
        self._moves = verbose == 1 and (self._stream.isatty() if hasattr(self._stream, "isatty") else False)
        self._start = self._shown_at = time.perf_counter()
        self._done = 0
        self._length = 0

    def write(self, text: str) -> None:
        """Writes plain text."""
        if self.verbose:
            self._stream.write(text)
            self._stream.flush()

    def is_due(self, done: int) -> bool:
        """Whether an update would be shown: so that figures are read only then."""
        self._done = done
        return self._moves and time.perf_counter() - self._shown_at >= self.interval

    def update(self, done: int, figures: dict[str, Any] | None = None) -> None:
        """Shows ``done`` steps."""
        self._done = done
        if not self._moves:
            return
        self._shown_at = time.perf_counter()
        elapsed = self._shown_at - self._start
        text = f"{self._count()} {self._bar()}"
        if self.target and done:
            text += f" {_duration(elapsed / done * (self.target - done))}"
        text += f" {_duration(elapsed / max(done, 1))}/{self.unit}{_figures(figures)}"
        self._stream.write(f"\r{text:<{self._length}}")
        self._stream.flush()
        self._length = len(text)

    def finish(self, figures: dict[str, Any] | None = None) -> None:
        """Shows the last state and ends the line."""
        if not self.verbose:
            return
        elapsed = time.perf_counter() - self._start
        done = max(self._done, 1)
        text = f"{self._count()} {self._bar()} " if self.verbose == 1 else f"{self._count()} - "
        text += f"{_duration(elapsed)} {_duration(elapsed / done)}/{self.unit}{_figures(figures)}"
        start = "\r" if self._moves else ""
        self._stream.write(f"{start}{text:<{self._length}}\n")
        self._stream.flush()

    def _count(self) -> str:
        if self.target is None:
            return str(self._done)
        return f"{self._done:>{len(str(self.target))}}/{self.target}"

    def _bar(self) -> str:
        if not self.target:
            return ""
        filled = int(self.width * min(self._done / self.target, 1.0))
        return "━" * filled + "─" * (self.width - filled)


def _duration(seconds: float) -> str:
    if seconds >= 60:
        return f"{int(seconds // 60)}:{int(seconds % 60):02d}"
    if seconds >= 1:
        return f"{seconds:.0f}s"
    return f"{seconds * 1e3:.0f}ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f}us"


def _figures(figures: dict[str, Any] | None) -> str:
    text = ""
    for name, value in (figures or {}).items():
        number = float(value) if not hasattr(value, "shape") or not value.shape else math.nan
        text += (
            f" - {name}: {number:.4f}"
            if 1e-3 < abs(number) < 1e5 or number == 0
            else f" - {name}: {number:.4e}"
        )
    return text
