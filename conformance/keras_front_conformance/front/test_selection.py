"""Which backend is chosen, and what is said when it cannot be used: each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from keras_front.core import selection, settings
from keras_front.core.selection import BackendError, load


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Lets a test say which backends are installed and what the settings file holds."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))

    def register(entries: list[tuple[str, str]], file: Any = None) -> None:
        found = [EntryPoint(name, value, selection.GROUP) for name, value in entries]
        monkeypatch.setattr(selection, "entry_points", lambda group: found)
        if file is not None:
            (tmp_path / "keras.json").write_text(file if isinstance(file, str) else json.dumps(file))

    return register


GOOD = ("good", "good_backend:backend")


def write(folder: str, name: str, text: str) -> None:
    Path(folder, f"{name}.py").write_text(text)


def test_unknown(registered: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    registered([("b", "b:backend"), ("a", "a:backend")])
    monkeypatch.setenv("KERAS_BACKEND", "theano")
    with pytest.raises(BackendError) as error:
        load()
    assert str(error.value) == (
        "unknown backend 'theano' (from the environment variable KERAS_BACKEND). Installed: a, b. Set KERAS_BACKEND to one "
        "of these, or install the package that provides 'theano'"
    )


def test_nothing_installed(registered: Any) -> None:
    registered([])
    with pytest.raises(
        BackendError, match=r"unknown backend 'numpy' \(from the default\). Installed: none\."
    ):
        load()


def test_missing_framework(registered: Any, tmp_path: Path) -> None:
    registered([("x", "backend_of_x:backend")])
    write(str(tmp_path), "backend_of_x", "import a_framework_nobody_has.core\n")
    with pytest.raises(BackendError) as error:
        load("x")
    assert str(error.value) == (
        "backend 'x' needs the package 'a_framework_nobody_has', which is not installed: pip install "
        "a_framework_nobody_has. Installed backends: x"
    )


def test_broken(registered: Any, tmp_path: Path) -> None:
    registered([("y", "backend_of_y:backend")])
    write(str(tmp_path), "backend_of_y", "raise ValueError('wrong version')\n")
    with pytest.raises(BackendError) as error:
        load("y")
    assert str(error.value) == (
        "backend 'y' (from an unknown package) breaks on import: ValueError: wrong version. Reinstall it, or set "
        "KERAS_BACKEND to another one"
    )


def test_duplicate(registered: Any) -> None:
    registered([("z", "one:backend"), ("z", "two:backend")])
    with pytest.raises(BackendError) as error:
        load("z")
    assert str(error.value) == (
        "backend 'z' is registered more than once: by an unknown package (one:backend), an unknown package "
        "(two:backend). Uninstall all but one"
    )


def test_the_same_entry_twice_is_no_duplicate(registered: Any, tmp_path: Path) -> None:
    registered([("w", "backend_of_w:backend")] * 2)
    write(str(tmp_path), "backend_of_w", "backend = 7\n")
    backend: object = load("w")
    assert backend == 7


def test_order_of_the_sources(registered: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    registered([("a", "a:x"), ("b", "b:x")])
    assert selection.chosen_name() == ("numpy", "the default")
    registered([("a", "a:x"), ("b", "b:x")], {"backend": "b"})
    name, source = selection.chosen_name()
    assert name == "b" and source.endswith("keras.json")
    monkeypatch.setenv("KERAS_BACKEND", "a")
    assert selection.chosen_name() == ("a", "the environment variable KERAS_BACKEND")


def test_a_file_that_names_what_is_not_there(registered: Any, tmp_path: Path) -> None:
    """Other installations of Keras write the file by themselves: it must not stop us."""
    registered([("numpy", "backend_of_v:backend")], {"backend": "tensorflow"})
    write(str(tmp_path), "backend_of_v", "backend = 8\n")
    with pytest.warns(
        UserWarning, match=r"keras.json names the backend 'tensorflow', which is not installed here"
    ):
        backend: object = load()
    assert backend == 8


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", r"keras.json is not valid JSON \(.*\): mend it or delete it"),
        ("[1]", "keras.json must hold a JSON object, got list: mend it or delete it"),
    ],
)
def test_a_broken_file(registered: Any, text: str, message: str) -> None:
    registered([], text)
    with pytest.raises(ValueError, match=message):
        settings.read_file()


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if key not in ("KERAS_BACKEND", "KERAS_HOME")}
    return subprocess.run(
        [sys.executable, "-c", code], env={**kept, **environment}, capture_output=True, text=True, timeout=120
    )


def test_the_settings_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "keras.json").write_text(
        json.dumps(
            {"floatx": "float16", "epsilon": 1e-3, "image_data_format": "channels_first", "backend": "numpy"}
        )
    )
    code = "from keras_front import config as c; print(c.backend(), c.floatx(), c.epsilon(), c.image_data_format())"
    result = run(code, KERAS_HOME=str(tmp_path))
    assert result.stdout.split() == ["numpy", "float16", "0.001", "channels_first"], result.stderr
    (tmp_path / "keras.json").write_text(json.dumps({"floatx": "float1"}))
    result = run("import keras_front.layers", KERAS_HOME=str(tmp_path))
    assert "'floatx' must be one of bfloat16, float16, float32, float64, got 'float1'" in result.stderr


def test_an_unknown_backend_stops_the_first_import(tmp_path: Path) -> None:
    result = run("import keras_front.layers", KERAS_HOME=str(tmp_path), KERAS_BACKEND="theano")
    last = result.stderr.strip().splitlines()[-1]
    assert (
        result.returncode == 1 and "BackendError: unknown backend 'theano'" in last and "Installed: " in last
    )
