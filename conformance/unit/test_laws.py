"""The laws of the house that can be read off the source: imports, names, sizes, counts, exports, entry points."""

from __future__ import annotations

import ast
import functools
import importlib
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import numpy
import pytest

from keras_front import protocol
from keras_front.protocol import generate, typed

ROOT = Path(__file__).parents[2]
FRONT = ROOT / "keras_front"
ADAPTERS = {"keras_front_jax": 1200, "keras_front_torch": 1500, "keras_front_numpy": 2500}

#: What the front never imports.  Its adapters are found through their entry points only.
FOREIGN = {"torch", "jax", "jaxlib", "tensorflow", "keras", "cupy", "mlx", "array_api_strict", *ADAPTERS}
#: Where the front may import NumPy, the host format of data, and for what.
HOST_MODULES = {
    "keras_front/core/convert.py": "what users give, as host arrays, and tensors back",
    "keras_front/core/layer_parts.py": "weights out and in as host arrays",
    "keras_front/core/variable.py": "values out and in as host arrays",
    "keras_front/datasets/digits.py": "a data set is host arrays",
    "keras_front/examples/digits.py": "a program of a user, who may import what they like",
    "keras_front/initializers/__init__.py": "a host array is an initializer too",
    "keras_front/initializers/base.py": "initial weights are drawn on the host, alike for all backends",
    "keras_front/initializers/constant.py": "initial weights are made on the host",
    "keras_front/initializers/random.py": "initial weights are drawn on the host, alike for all backends",
    "keras_front/interpret/tape/box.py": "NumPy's hooks, by which plain NumPy functions train",
    "keras_front/interpret/tape/indexing.py": "plain NumPy indices of boxed tensors",
    "keras_front/interpret/tape/numpy_functions.py": "plain NumPy functions called on boxed tensors",
    "keras_front/metrics/metric.py": "variables begin as host zeros, within a trace too",
    "keras_front/ops/creation.py": "tables that depend on no tensor: diagonals, triangles, even spacing",
    "keras_front/ops/indexing.py": "indices that a user writes down are checked on the host",
    "keras_front/ops/shaping.py": "indices of repeated and mirrored entries are counted on the host",
    "keras_front/optimizers/state.py": "variables begin as host zeros, within a trace too",
    "keras_front/random/seed.py": "seeds are drawn from a counter-based host generator",
    "keras_front/saving/objects.py": "arrays and NumPy's numbers in configurations",
    "keras_front/saving/weights.py": "files hold host arrays",
    "keras_front/training/data.py": "data sets are host arrays",
    "keras_front/training/step.py": "numbers of rows",
    "keras_front/training/trainer.py": "orders of rows, and predictions joined",
    "keras_front/utils/arrays.py": "functions of host arrays",
}
#: Names that no condition in the front may look at.
BACKEND_NAMES = {"numpy", "torch", "jax", "tensorflow", "strict", "demo"}
#: Files longer than 500 lines, each with the one idea that needs them.
LONG = {
    "keras_front/protocol/array.py": "the specification of every function on arrays",
}


def files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=str(path))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of everything a file imports, inside functions and by `import_module` too.

    What stands under ``if TYPE_CHECKING:`` is left out: it is no import when the program runs.
    """
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    typing_only = {
        id(inner)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for statement in node.body
        for inner in ast.walk(statement)
    }
    for node in ast.walk(tree(path)):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = list(package[: len(package) - node.level + 1]) if node.level else []
            base += [node.module] if node.module else []
            for alias in node.names:
                yield node.lineno, ".".join([*base, alias.name])
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            for argument in node.args[:1]:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield node.lineno, argument.value


def where(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT).as_posix()}:{line}"


def imports_numpy(path: Path) -> bool:
    return any(name.partition(".")[0] == "numpy" for _, name in imports(path))


# ---------------------------------------------------------------- law 1: who imports whom


def test_the_front_imports_no_adapter_and_no_array_library() -> None:
    found = [
        f"{where(path, line)} imports {name}"
        for path in files(FRONT)
        for line, name in imports(path)
        if name.partition(".")[0] in FOREIGN
    ]
    assert not found


def test_the_front_imports_numpy_only_in_the_host_modules() -> None:
    found = {path.relative_to(ROOT).as_posix() for path in files(FRONT) if imports_numpy(path)}
    assert not found - HOST_MODULES.keys(), "use the protocol, or give the reason in HOST_MODULES"
    assert not HOST_MODULES.keys() - found, "these do without NumPy: take them out of HOST_MODULES"


def test_the_protocol_needs_nothing_above_it() -> None:
    allowed = ("keras_front.protocol", "keras_front.interpret.tape")
    found = [
        f"{where(path, line)} imports {name}"
        for path in files(FRONT / "protocol")
        for line, name in imports(path)
        if name.partition(".")[0] == "keras_front" and not name.startswith(allowed)
    ]
    assert not found


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_an_adapter_imports_only_the_protocol(adapter: str) -> None:
    def allowed(name: str) -> bool:
        first = name.partition(".")[0]
        if first in ("keras_front", "keras_front_conformance", "keras"):
            return f"{name}.".startswith("keras_front.protocol.")
        return first not in ADAPTERS or first == adapter

    found = [
        f"{where(path, line)} imports {name}"
        for path in files(ROOT / "backends" / adapter)
        for line, name in _from_backends(path)
        if not allowed(name)
    ]
    assert not found


def _from_backends(path: Path) -> Iterator[tuple[int, str]]:
    """`imports`, with relative ones counted from the folder of the adapters."""
    for line, name in imports(path):
        yield line, name.removeprefix("backends.")


# ---------------------------------------------------------------- law 1: no backend is asked its name


def name_comparisons(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Every condition, look-up or match on a backend's name."""

    def is_name(node: ast.AST) -> bool:
        if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
            return any(is_name(item) for item in node.elts)
        return isinstance(node, ast.Constant) and node.value in BACKEND_NAMES

    def is_question(node: ast.AST) -> bool:
        return isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "backend"

    for node in ast.walk(module):
        if isinstance(node, ast.Compare):
            guilty = any(is_name(side) or is_question(side) for side in (node.left, *node.comparators))
        elif isinstance(node, ast.MatchValue):
            guilty = is_name(node.value)
        elif isinstance(node, ast.Dict):
            guilty = any(key is not None and is_name(key) for key in node.keys)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            guilty = node.func.attr in ("startswith", "endswith") and any(map(is_name, node.args))
        else:
            continue
        if guilty:
            line = node.value.lineno if isinstance(node, ast.MatchValue) else node.lineno
            yield line, ast.unparse(node)


def test_the_front_never_compares_a_backend_name() -> None:
    found = [
        f"{where(path, line)} {text}: ask `backend.traits` instead"
        for path in files(FRONT)
        for line, text in name_comparisons(tree(path))
    ]
    assert not found


@pytest.mark.parametrize(
    "code",
    [
        "if b.name == 'torch': pass",
        "x = name in ('jax', 'numpy')",
        "x = config.backend() != other",
        "x = {'torch': 1}[name]",
        "x = name.startswith('jax')",
        "match name:\n    case 'jax': pass",
    ],
)
def test_the_search_for_comparisons_finds(code: str) -> None:
    assert list(name_comparisons(ast.parse(code)))


# ---------------------------------------------------------------- law 5: sizes


@pytest.mark.parametrize(("adapter", "aim"), ADAPTERS.items())
def test_an_adapter_stays_small(adapter: str, aim: int) -> None:
    lines = {path.name: len(path.read_text().splitlines()) for path in files(ROOT / "backends" / adapter)}
    assert sum(lines.values()) <= aim, f"{adapter} has {sum(lines.values())} lines: {lines}"


def test_files_stay_short() -> None:
    lines = {
        path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines())
        for folder in (FRONT, ROOT / "backends", ROOT / "conformance")
        for path in files(folder)
    }
    long = {name: count for name, count in lines.items() if count > 500}
    assert not long.keys() - LONG.keys(), f"split these, or give the reason in LONG: {long}"
    assert not LONG.keys() - long.keys(), "these are short now: take them out of LONG"


# ---------------------------------------------------------------- the protocol as it is written down


def test_the_typed_protocol_is_current() -> None:
    text = Path(typed.__file__).read_text()
    assert text == generate.render(), "run `python -m keras_front.protocol.generate`"


def test_the_number_of_primitives_is_as_decided() -> None:
    assert len(protocol.names("primitive")) == 54


def test_the_documentation_states_the_number_of_primitives() -> None:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    stated = {
        (page.name, int(number))
        for page in pages
        for number in re.findall(r"(\d+)\s+(?:required\s+)?primitives", page.read_text())
    }
    assert stated, "README.md or a page of the documentation says how many primitives there are"
    assert {number for _, number in stated} == {len(protocol.names("primitive"))}, stated


def test_the_documentation_states_what_the_array_standard_gives() -> None:
    given = len(protocol.standard_array_group(numpy))  # NumPy's own namespace follows the standard.
    assert f"{given} of the" in (ROOT / "docs" / "write-a-backend.md").read_text()


# ---------------------------------------------------------------- exports


def public_modules() -> list[str]:
    dotted = (".".join(path.relative_to(ROOT).with_suffix("").parts) for path in files(FRONT))
    return [name.removesuffix(".__init__") for name in dotted if not name.endswith("__main__")]


@pytest.mark.parametrize("name", public_modules())
def test_public_names_resolve(name: str) -> None:
    module = importlib.import_module(name)
    missing = [public for public in getattr(module, "__all__", ()) if not hasattr(module, public)]
    assert not missing
    assert len(set(getattr(module, "__all__", ()))) == len(getattr(module, "__all__", ()))


def test_every_folder_of_code_is_a_package() -> None:
    folders = {path.parent for folder in (FRONT, *(ROOT / "backends").glob("*")) for path in files(folder)}
    assert not [folder for folder in folders if not (folder / "__init__.py").is_file()]


def test_every_package_is_typed() -> None:
    folders = [
        FRONT,
        *(ROOT / "backends").glob("keras_front_*"),
        ROOT / "conformance/keras_front_conformance",
    ]
    assert not [folder.name for folder in folders if not (folder / "py.typed").is_file()]


# ---------------------------------------------------------------- law 6: an adapter is its folder and one line

_WITHOUT = """
import importlib.metadata as metadata, sys

every = metadata.entry_points
def others(**select):
    return metadata.EntryPoints(e for e in every(**select) if not e.value.startswith("{package}:"))
metadata.entry_points = others
sys.modules["{package}"] = None
import keras_front
print("running on", keras_front.backend.backend())
"""


def test_every_adapter_has_one_entry_point() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    points = project["entry-points"]["keras_front.backends"]
    ours = sorted(value for value in points.values() if not value.startswith("keras_front_conformance."))
    assert ours == sorted(f"{adapter}:backend" for adapter in ADAPTERS)


@pytest.mark.parametrize("adapter", ["keras_front_torch", "keras_front_jax"])
def test_without_its_entry_point_a_backend_is_gone(adapter: str, tmp_path: Path) -> None:
    """The other backends run as before; asking for this one names those that are left."""
    gone = adapter.removeprefix("keras_front_")
    ran = _run_without(adapter, "numpy", tmp_path)
    assert ran.returncode == 0 and "running on numpy" in ran.stdout, ran.stderr
    failed = _run_without(adapter, gone, tmp_path)
    message = failed.stderr.strip().splitlines()[-1]
    assert failed.returncode != 0 and gone in message and "numpy" in message, failed.stderr


def _run_without(adapter: str, backend: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", dedent(_WITHOUT.format(package=adapter))],
        env={**os.environ, "KERAS_BACKEND": backend, "KERAS_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
