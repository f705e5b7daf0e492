"""The documentation, run: every ```` ```python ```` block of a page, and every example in a docstring of the front.

``KERAS_BACKEND`` chooses the backend, as everywhere.  The blocks of a page run in one process, from top to
bottom in one namespace, in an empty folder.
"""

from __future__ import annotations

import doctest
import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def program(text: str) -> str:
    """The Python blocks of a page, each on the lines it has there, so that errors point into the page."""
    lines = [""] * text.count("\n")
    for block in _BLOCK.finditer(text):
        first = text.count("\n", 0, block.start(1))
        code = block.group(1).splitlines()
        lines[first : first + len(code)] = code
    return "\n".join(lines) + "\n"


def pages_with_code() -> list[Path]:
    return [page for page in PAGES if _BLOCK.search(page.read_text())]


@pytest.mark.parametrize("page", pages_with_code(), ids=lambda page: page.name)
def test_page_runs(page: Path, tmp_path: Path) -> None:
    text = page.read_text()
    run = subprocess.run(
        [sys.executable, "-c", "import sys; exec(compile(sys.stdin.read(), sys.argv[1], 'exec'))", str(page)],
        input=program(text),
        env={"KERAS_BACKEND": "numpy", **os.environ},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-4000:]


def test_a_program_keeps_the_lines_of_its_page() -> None:
    page = "# T\n\n```python\na = 1\n```\ntext\n```bash\nls\n```\n```python\nb = 2\n```\n"
    assert program(page).splitlines()[3] == "a = 1"
    assert program(page).splitlines()[10] == "b = 2"
    assert "ls" not in program(page)


def modules_with_examples() -> list[str]:
    """The modules of the front whose source has a ``>>>`` in it."""
    paths = (path for path in sorted((ROOT / "keras_front").rglob("*.py")) if ">>> " in path.read_text())
    names = (".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths)
    return [name.removesuffix(".__init__") for name in names]


@pytest.mark.parametrize("name", modules_with_examples())
def test_examples_in_docstrings(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each example sees its module's names, `keras` (the front) and `np`."""
    monkeypatch.chdir(tmp_path)
    keras = importlib.import_module("keras_front")
    given = {"keras": keras, "np": importlib.import_module("numpy")}
    module = importlib.import_module(name)
    found = doctest.testmod(module, extraglobs=given, optionflags=_FLAGS)
    assert found.attempted > 0, "the examples stand where doctest does not look: in a docstring they belong"
    assert not found.failed, f"{found.failed} of {found.attempted} examples failed; see the output above"
