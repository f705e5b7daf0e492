"""The support matrix, made of the certificates that the conformance suite writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

Certificate = dict[str, Any]

_HEAD = """# Support matrix

What the conformance suite found, function by function and dtype by dtype. This page is made of the certificates in
`build/certificates`; `nox -s tests` and `nox -s conformance` write them, each by
`python -m keras_front_conformance BACKEND --certificate PATH`.
"""
_NONE = """
No certificate was there when this site was built: run `nox -s tests` or `nox -s conformance`, then `nox -s docs`.
"""
_KEY = """
A cell lists the dtypes whose tests all passed, and the greatest error measured, in units in the last place of the
dtype. A dtype in *gap* is one for which the backend declares that it cannot do this; a dash means that it was not run.
"""


def page(folder: Path) -> str:
    """The text of the page for the certificates in a folder."""
    certificates = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    if not certificates:
        return _HEAD + _NONE
    return (
        "\n".join([_HEAD, *_totals(certificates), _KEY, *_groups(certificates), *_gaps(certificates)]) + "\n"
    )


def _totals(certificates: list[Certificate]) -> list[str]:
    lines = ["| backend | version | passed | failed | in gaps | overrides |", "|---|---|---|---|---|---|"]
    for found in certificates:
        totals = found["totals"]
        counts = f"{totals['passed']} | {totals['failed']} | {totals['gaps']} | {len(found['overrides'])}"
        lines.append(f"| {found['backend']} | {found['version']} | {counts} |")
    return lines


def _groups(certificates: list[Certificate]) -> list[str]:
    """One table a group: a row a function, a column a backend."""
    groups = sorted({group for found in certificates for group in found["groups"]})
    names = " | ".join(found["backend"] for found in certificates)
    lines = []
    for group in groups:
        per_backend = [found["groups"].get(group, {}) for found in certificates]
        lines += [f"## {group}", "", f"| function | {names} |", "|---" * (len(certificates) + 1) + "|"]
        for function in sorted({function for functions in per_backend for function in functions}):
            cells = " | ".join(_cell(functions.get(function, {})) for functions in per_backend)
            lines.append(f"| `{function}` | {cells} |")
        lines.append("")
    return lines


def _cell(dtypes: dict[str, dict[str, Any]]) -> str:
    """What one backend makes of one function."""
    if not dtypes:
        return "-"
    failed = [dtype for dtype, counts in dtypes.items() if counts["failed"]]
    gaps = [dtype for dtype, counts in dtypes.items() if counts["gaps"] and not counts["failed"]]
    good = [dtype for dtype in dtypes if dtype not in failed and dtype not in gaps]
    parts = [", ".join(good)] if good else []
    parts += [f"*gap:* {', '.join(gaps)}"] if gaps else []
    parts += [f"**failed:** {', '.join(failed)}"] if failed else []
    errors = [counts["ulps"] for counts in dtypes.values() if "ulps" in counts]
    parts += [f"{max(errors):.2g} ulp"] if errors and max(errors) else []
    return "; ".join(parts)


def _gaps(certificates: list[Certificate]) -> list[str]:
    """The declared gaps with their reasons."""
    rows = [
        f"| {found['backend']} | `{gap['function']}` | {gap['dtype'] or 'all'} | {gap['kind']} | {gap['reason']} |"
        for found in certificates
        for gap in found["gaps"]
    ]
    if not rows:
        return []
    return [
        "## Declared gaps",
        "",
        "| backend | function | dtype | kind | reason |",
        "|---|---|---|---|---|",
        *rows,
    ]
