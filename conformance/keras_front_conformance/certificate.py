"""What a run has found, by group, function and dtype; written as JSON by ``--certificate PATH``."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from keras_front.protocol import SPECIFICATION, VERSION


@dataclass
class Cell:
    """The tests of one function in one dtype."""

    passed: int = 0
    failed: int = 0
    gaps: int = 0
    works: int = 0
    ulps: float | None = None

    def add(self, outcome: str, ulps: float | None) -> None:
        """Counts one test; ``outcome`` is ``passed``, ``failed``, ``gap`` or ``works`` (in a gap, it passed)."""
        name = "gaps" if outcome == "gap" else outcome
        setattr(self, name, getattr(self, name) + 1)
        if ulps is not None:
            self.ulps = max(self.ulps or 0.0, ulps)

    def as_json(self) -> dict[str, Any]:
        """The cell for the certificate."""
        found = {
            "passed": self.passed + self.works,
            "failed": self.failed,
            "gaps": self.gaps,
            "ulps": self.ulps,
        }
        return {key: value for key, value in found.items() if value is not None}


@dataclass
class Record:
    """All cells of a run on one backend."""

    backend: Any
    cells: dict[tuple[str, str], Cell] = field(default_factory=dict)

    def add(self, functions: Iterable[str], dtype: str, outcome: str, ulps: float | None = None) -> None:
        """Counts one test under each function that it covers."""
        for function in functions:
            self.cells.setdefault((function, dtype), Cell()).add(outcome, ulps)

    def working_gaps(self) -> list[str]:
        """Gaps that are declared although every test of them passes, in words."""
        found = []
        for gap in self.backend.gaps:
            cells = [
                cell
                for (function, dtype), cell in self.cells.items()
                if function == gap.function and gap.dtype in (None, dtype)
            ]
            if sum(cell.works for cell in cells) and not sum(cell.gaps for cell in cells):
                dtype = f" in {gap.dtype}" if gap.dtype else ""
                found.append(
                    f"the gap {gap.function!r}{dtype} is declared ({gap.reason}), but works: remove it"
                )
        return found

    def as_json(self) -> dict[str, Any]:
        """The certificate: cells by group, function and dtype, and the totals."""
        groups: dict[str, Any] = {}
        totals = {"passed": 0, "failed": 0, "gaps": 0}
        for (function, dtype), cell in sorted(self.cells.items()):
            group = SPECIFICATION[function].group if function in SPECIFICATION else "front"
            entry = cell.as_json()
            groups.setdefault(group, {}).setdefault(function, {})[dtype] = entry
            for key in totals:
                totals[key] += entry[key]
        return {
            "backend": self.backend.name,
            "version": self.backend.version,
            "protocol": VERSION,
            "python": platform.python_version(),
            "machine": platform.machine(),
            "dtypes": sorted(self.backend.traits.dtypes),
            "overrides": sorted(self.backend.overrides),
            "gaps": [vars(gap) for gap in self.backend.gaps],
            "working_gaps": self.working_gaps(),
            "totals": totals,
            "groups": groups,
        }

    def write(self, path: Path) -> None:
        """Writes the certificate."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.as_json(), indent=1) + "\n")
