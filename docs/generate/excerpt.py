"""Source code as it stands in a file."""

from __future__ import annotations

import ast
from pathlib import Path


def source(path: Path, names: list[str]) -> str:
    """The text of a Python file, or of its top-level definitions of the given names, in the order asked for.

    errors: ``LookupError`` for a name that the file does not define; ``OSError`` for a file that is not there.
    """
    text = path.read_text(encoding="utf-8")
    if not names:
        return text
    lines = text.splitlines()
    found = {name: node for node in ast.parse(text).body for name in _defined(node)}
    missing = [name for name in names if name not in found]
    if missing:
        raise LookupError(f"{path.name} does not define {', '.join(missing)}; it defines {', '.join(found)}")
    parts = []
    for name in names:
        node = found[name]
        decorators = getattr(node, "decorator_list", [])
        first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
        parts.append("\n".join(lines[first - 1 : node.end_lineno]) + "\n")
    return "\n\n".join(parts)


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    return []
