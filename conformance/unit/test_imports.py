"""What is imported, when, and in which order: each question is asked of a fresh process."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from textwrap import dedent

import pytest

import keras_front

ROOT = Path(__file__).parents[2]
#: Packages that a program on NumPy has no use for, whatever else is installed.
STRANGERS = (
    "torch",
    "jax",
    "jaxlib",
    "tensorflow",
    "keras",
    "pandas",
    "scipy",
    "ml_dtypes",
    "sklearn",
    "matplotlib",
)


def run(code: str, home: Path, backend: str = "numpy", path: str = "") -> subprocess.CompletedProcess[str]:
    """Runs a program in a process of its own, warnings being errors, in the folder ``home``."""
    paths = [part for part in (path, os.environ.get("PYTHONPATH", "")) if part]
    environment = {**os.environ, "KERAS_HOME": str(home), "PYTHONPATH": os.pathsep.join(paths)}
    environment.pop("KERAS_BACKEND", None)
    if backend:
        environment["KERAS_BACKEND"] = backend
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", dedent(code)],
        env=environment,
        cwd=home,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


# ---------------------------------------------------------------- in any order


def test_any_module_may_be_imported_first(tmp_path: Path) -> None:
    """Names of the package load one by one, so no module may lean on another having been loaded before."""
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted((ROOT / "keras_front").rglob("*.py"))
        if path.name != "__main__.py" and path.relative_to(ROOT).parts[1] not in ("protocol", "interpret")
    ]
    program = f"""
        import h5py, importlib, os, subprocess, sys, traceback
        import keras_front_numpy, keras_front.interpret.shapes, keras_front.interpret.tape
        failed = []
        for name in {names!r}:
            if not (child := os.fork()):
                try:
                    importlib.import_module(name)
                except BaseException:
                    traceback.print_exc()
                    os._exit(1)
                os._exit(0)
            if os.waitpid(child, 0)[1]:
                failed.append(name)
        sys.exit(f"cannot be imported first: {{failed}}" if failed else 0)
        """
    found = run(program, tmp_path)
    assert found.returncode == 0, found.stderr


@pytest.mark.parametrize("name", ["numpy", "torch", "jax", "strict"])
def test_an_adapter_may_be_imported_before_the_front(name: str, tmp_path: Path) -> None:
    points = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"][
        "keras_front.backends"
    ]
    check_adapter_first(name, points[name].partition(":")[0], tmp_path)


def test_a_third_partys_adapter_may_be_imported_before_the_front(tmp_path: Path) -> None:
    pytest.importorskip("array_api_strict", reason="what the demo backend runs on is not installed")
    info = tmp_path / "keras_front_demo-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: keras-front-demo\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text("[keras_front.backends]\ndemo = keras_front_demo:backend\n")
    path = os.pathsep.join([str(tmp_path), str(ROOT / "conformance" / "demo_backend")])
    check_adapter_first("demo", "keras_front_demo", tmp_path, path)


def check_adapter_first(name: str, module: str, home: Path, path: str = "") -> None:
    pytest.importorskip("numpy" if name in ("demo", "strict") else name)
    program = f"""
        import {module} as adapter
        import keras_front as keras
        from keras_front.core.dispatch import backend
        assert backend is adapter.backend
        assert keras.backend.backend() == {name!r}
        assert (keras.Variable([1.0, 2.0]) + 1.0).shape == (2,)
        """
    found = run(program, home, name, path)
    assert found.returncode == 0, found.stderr


def test_the_names_of_the_package_are_listed_alike() -> None:
    """Editors read the imports, programs the table: both must know what `__all__` names, and from where."""
    source = ast.parse(Path(keras_front.__file__).read_text())
    block = next(node for node in source.body if isinstance(node, ast.If))
    stated = {
        alias.name: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    classes = {name: module for name, module in stated.items() if module != "keras_front"}
    assert classes == keras_front._MODULE_OF
    assert {*stated, "__version__"} == set(keras_front.__all__)
    assert set(keras_front.__all__) <= set(dir(keras_front))
    with pytest.raises(AttributeError, match="has no attribute 'Sequentiel'"):
        keras_front.Sequentiel  # type: ignore[attr-defined]  # noqa: B018


# ---------------------------------------------------------------- nothing that is not needed


def test_the_package_and_the_protocol_need_no_backend(tmp_path: Path) -> None:
    """Nor a framework, nor NumPy: an adapter imports them before there is one."""
    program = """
        import sys
        import keras_front.protocol
        assert not {"numpy", "keras_front.core", "keras_front_numpy"} & set(sys.modules), sorted(sys.modules)
        """
    found = run(program, tmp_path, "not-installed")
    assert found.returncode == 0, found.stderr


def test_what_the_import_brings_in(tmp_path: Path) -> None:
    """Counted in modules, not in time, which varies.  What few programs use comes when it is used."""
    program = """
        import json, sys
        import numpy
        before = set(sys.modules)
        import keras_front as keras
        for name in keras.__all__:
            getattr(keras, name)
        print(json.dumps(sorted(set(sys.modules) - before)))
        """
    found = run(program, tmp_path)
    assert found.returncode == 0, found.stderr
    modules = json.loads(found.stdout)
    late = {
        "h5py",
        "keras_front.interpret.tape",
        "keras_front.examples",
        "logging",
        "subprocess",
        "asyncio",
        *STRANGERS,
    }
    assert not late & set(modules)
    others = [name for name in modules if not name.startswith("keras_front")]
    assert len(others) <= 120, f"{len(others)} modules beside our own: {others}"


def test_training_on_numpy_imports_no_other_framework(tmp_path: Path) -> None:
    program = f"""
        import sys
        import numpy as np
        import keras_front as keras
        x, y = np.ones((8, 4), "float32"), np.ones((8, 1), "float32")
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "relu"), keras.layers.Dense(1)])
        model.compile("adam", "mean_squared_error", metrics=["mae"])
        model.fit(x, y, epochs=2, batch_size=4, verbose=0)
        model.evaluate(x, y, verbose=0)
        model.save("model.keras")
        again = keras.saving.load_model("model.keras")
        np.testing.assert_allclose(again.predict(x, verbose=0), model.predict(x, verbose=0), rtol=1e-6)
        print(sorted(set({STRANGERS!r}) & set(sys.modules)))
        """
    found = run(program, tmp_path)
    assert found.returncode == 0, found.stderr
    assert found.stdout.strip() == "[]"


# ---------------------------------------------------------------- which backend

_SHOW = """
    import warnings
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        import keras_front as keras
        print(keras.backend.backend())
    print(*(str(warning.message) for warning in caught))
    """


def test_a_settings_file_of_another_keras_is_no_obstacle(tmp_path: Path) -> None:
    """It was written without being asked for, and may name a backend that is not here."""
    (tmp_path / "keras.json").write_text('{"backend": "tensorflow", "floatx": "float32"}')
    found = run(_SHOW, tmp_path, backend="")
    assert found.returncode == 0, found.stderr
    chosen, message = found.stdout.strip().splitlines()
    assert chosen == "numpy"
    assert "keras.json" in message and "'tensorflow'" in message and "KERAS_BACKEND" in message


def test_a_settings_file_chooses(tmp_path: Path) -> None:
    (tmp_path / "keras.json").write_text('{"backend": "strict"}')
    found = run(_SHOW, tmp_path, backend="")
    assert found.stdout.split() == ["strict"], found.stderr


def test_the_environment_variable_comes_first(tmp_path: Path) -> None:
    (tmp_path / "keras.json").write_text('{"backend": "tensorflow"}')
    found = run(_SHOW, tmp_path, backend="numpy")
    assert found.stdout.split() == ["numpy"], found.stderr


def test_a_backend_that_is_not_installed_is_an_error(tmp_path: Path) -> None:
    found = run(_SHOW, tmp_path, backend="tensorflow")
    message = found.stderr.strip().splitlines()[-1]
    assert found.returncode != 0
    assert "'tensorflow'" in message and "KERAS_BACKEND" in message and "numpy" in message
