"""The support matrix, made of the certificates that the conformance suite writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_HEAD = """# Support matrix

What the conformance suite found, function by function. `python -m keras_front_conformance BACKEND --certificate PATH`
writes a certificate; this page is made of the certificates in `build/certificates`, which `nox -s tests` writes.
"""


def page(folder: Path) -> str:
    """The text of the page for the certificates in a folder."""
    certificates = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    if not certificates:
        return f"{_HEAD}\nNo certificate was there when this site was built: run `nox -s tests`, or\n`nox -s conformance`.\n"
    return "\n".join([_HEAD, *_summary(certificates), *_functions(certificates)])


def _summary(certificates: list[dict[str, Any]]) -> list[str]:
    outcomes = sorted({cell["outcome"] for c in certificates for cell in c["cells"]})
    lines = [f"| backend | version | {' | '.join(outcomes)} |", "|---" * (len(outcomes) + 2) + "|"]
    for certificate in certificates:
        found = [cell["outcome"] for cell in certificate["cells"]]
        counts = " | ".join(str(found.count(outcome)) for outcome in outcomes)
        lines.append(f"| {certificate['backend']} | {certificate['version']} | {counts} |")
    return [*lines, ""]


def _functions(certificates: list[dict[str, Any]]) -> list[str]:
    """One table a group: a row a function, a column a backend."""
    groups: dict[str, dict[str, dict[str, list[dict[str, Any]]]]] = {}
    for certificate in certificates:
        for cell in certificate["cells"]:
            row = groups.setdefault(cell["group"], {}).setdefault(cell["function"], {})
            row.setdefault(certificate["backend"], []).append(cell)
    names = [certificate["backend"] for certificate in certificates]
    lines = []
    for group, functions in groups.items():
        lines += [f"## {group}", "", f"| function | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
        for function, row in functions.items():
            cells = " | ".join(_cell(row.get(name, [])) for name in names)
            lines.append(f"| `{function}` | {cells} |")
        lines.append("")
    return lines


def _cell(cells: list[dict[str, Any]]) -> str:
    """What one backend makes of one function: dtypes by outcome."""
    if not cells:
        return "not run"
    by_outcome: dict[str, list[str]] = {}
    for cell in cells:
        by_outcome.setdefault(cell["outcome"], []).append(str(cell.get("dtype") or ""))
    worst = max((cell["ulps"] for cell in cells if cell.get("ulps") is not None), default=None)
    text = "; ".join(
        f"{outcome}: {', '.join(dict.fromkeys(dtypes))}" if any(dtypes) else outcome
        for outcome, dtypes in by_outcome.items()
    )
    return text if worst is None else f"{text} (at most {worst:g} ulp off)"
