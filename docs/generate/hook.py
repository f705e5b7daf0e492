"""What MkDocs calls while it builds the site: adds the generated pages and puts in source code.

A line ``::: source PATH [NAME ...]`` in a page becomes the source of a file of the repository, or of the functions,
classes and assignments of these names in it.  So a page shows the code that is tested, never a copy.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs"))

from generate import api, excerpt, protocol, support  # noqa: E402

_LANGUAGE = {".py": "python", ".toml": "toml"}
_SOURCE = re.compile(r"^::: source (\S+)((?: \S+)*)$", re.MULTILINE)


def on_config(config: Any) -> Any:
    """Adds the generated pages to the navigation."""
    config.nav.append({"Protocol": list(protocol.pages())})
    config.nav.append({"API": list(api.pages())})
    return config


def on_files(files: Files, config: Any) -> Files:
    """Adds the generated pages to the site."""
    certificates = ROOT / "build" / "certificates"
    for path, text in {**protocol.pages(), **api.pages(), "support.md": support.page(certificates)}.items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Puts source code in the place of ``::: source`` lines."""

    def code(line: re.Match[str]) -> str:
        try:
            path = ROOT / line.group(1)
            text = excerpt.source(path, line.group(2).split())
        except (OSError, LookupError) as error:
            raise PluginError(f"{page.file.src_uri}: {line.group(0)!r}: {error}") from error
        return f"```{_LANGUAGE[path.suffix]} title={line.group(1)!r}\n{text}```"

    return _SOURCE.sub(code, markdown)
