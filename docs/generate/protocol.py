"""The pages of the protocol: one a group, made of the stubs."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Mapping

from generate import render
from keras_front.protocol import SPECIFICATION, VERSION, names

_KINDS = {
    "primitive": "required of every backend",
    "derived": "has a body in terms of other functions; a backend may override it",
    "capability": "a backend may leave it out",
}


@functools.cache
def pages() -> Mapping[str, str]:
    """The text of each page by its path."""
    groups = dict.fromkeys(entry.group for entry in SPECIFICATION.values())
    return {
        "protocol/index.md": _index(list(groups)),
        **{f"protocol/{group}.md": _group(group) for group in groups},
    }


def _index(groups: list[str]) -> str:
    lines = [
        "# The protocol",
        "",
        f"Version {VERSION}. A backend supplies the {len(names('primitive'))} primitives; {len(names('derived'))} more",
        f"functions are derived from these and may be overridden; {len(names('capability'))} are optional. These pages",
        "are made from the stubs in `keras_front/protocol`, which are the specification.",
        "",
        "| function | group | kind | what it does |",
        "|---|---|---|---|",
    ]
    for entry in SPECIFICATION.values():
        link = f"[`{entry.name}`]({entry.group}.md#{entry.name})"
        about = render.first_sentence(entry.function.__doc__).partition("  shape:")[0].replace("|", "\\|")
        lines.append(f"| {link} | {entry.group} | {entry.kind} | {about} |")
    lines += ["", "Kinds:", "", *(f"- *{kind}*: {meaning}." for kind, meaning in _KINDS.items())]
    lines += ["", "Groups: " + ", ".join(f"[{group}]({group}.md)" for group in groups) + "."]
    return "\n".join(lines) + "\n"


def _group(group: str) -> str:
    module = importlib.import_module(f"keras_front.protocol.{group}")
    parts = [f"# protocol.{group}\n", render.docstring(module.__doc__)]
    for entry in SPECIFICATION.values():
        if entry.group == group:
            parts += [
                f"## {entry.name} {{ #{entry.name} }}\n",
                render.signature(entry.name, entry.signature),
                f"*{entry.kind.capitalize()}*: {_KINDS[entry.kind]}.\n",
                render.docstring(entry.function.__doc__),
            ]
    return "\n".join(parts)
