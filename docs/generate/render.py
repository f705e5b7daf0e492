"""Signatures and docstrings as Markdown."""

from __future__ import annotations

import inspect
import re

_NAMES = "shape|dtype|errors|source|range|units|example"
_FIELD = re.compile(rf"({_NAMES}):\s+")
#: A field that follows a sentence on the same line.
_INLINE = re.compile(rf"(?<=\.) +((?:{_NAMES}): )")


def signature(name: str, found: inspect.Signature) -> str:
    """A code block with the signature; one parameter a line where it is long."""
    bare = inspect.Signature.empty
    parameters = [p.replace(annotation=bare) for p in found.parameters.values()]
    short = f"{name}{found.replace(parameters=parameters, return_annotation=bare)}"
    if len(short) > 88:
        inner = short[len(name) + 1 : -1]
        # A comma inside a bracket belongs to a default value.
        pieces = re.split(r", (?![^(\[{]*[)\]}])", inner)
        short = f"{name}(\n" + "".join(f"    {piece},\n" for piece in pieces) + ")"
    return f"```python\n{short}\n```\n"


def docstring(text: str | None) -> str:
    """A docstring: the prose first, then its fields (shape, dtype, errors, source, ...) as a list, then examples."""
    if not text:
        return ""
    prose: list[str] = []
    fields: list[str] = []
    examples: list[str] = []
    target = prose
    for line in _INLINE.sub(r"\n\1", inspect.cleandoc(text)).splitlines():
        if line.startswith(">>> "):
            target = examples
        elif field := _FIELD.match(line):
            name, line = field.group(1), line[field.end() :]
            target = examples if name == "example" else fields
            if name != "example":
                line = f"- *{name}:* {line}"
        elif not line.strip():
            target = prose
        elif target is fields:
            line = f"    {line.strip()}"
        target.append(line)
    parts = ["\n".join(prose).strip(), "\n".join(fields)]
    if examples:
        parts.append("\n".join(["```python", *examples, "```"]))
    return "\n\n".join(part for part in parts if part) + "\n"


def first_sentence(text: str | None) -> str:
    """The first line of a docstring."""
    return inspect.cleandoc(text).partition("\n")[0] if text else ""
