"""The command certifies third-party backends: exit codes, gaps both ways, the certificate."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import keras_front_conformance

PLUGIN = """
from keras_front.protocol import Backend, Gap
from keras_front_conformance.strict import backend as strict


def lacking(x, /):
    raise NotImplementedError("not here")


def wrong(x, /):
    return strict.negative(x)


def made(name, gaps=(), **functions):
    return Backend(**{**vars(strict), **functions, "name": name, "gaps": gaps})


honest = made("honest", (Gap("exp", "todo", "not written yet"),), exp=lacking)
boastful = made("boastful", (Gap("log", "upstream", "said to be missing", dtype="float64"),))
broken = made("broken", sin=wrong)
"""


@pytest.fixture
def plugins(tmp_path: Path) -> Path:
    """A folder with a package of three backends, registered as an installed one is."""
    (tmp_path / "plugin_backends.py").write_text(PLUGIN)
    info = tmp_path / "plugin_backends-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: plugin-backends\nVersion: 1.0\n")
    lines = [f"{name} = plugin_backends:{name}" for name in ("honest", "boastful", "broken")]
    (info / "entry_points.txt").write_text("\n".join(["[keras_front.backends]", *lines]) + "\n")
    return tmp_path


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    here = Path(__file__).resolve().parents[1]
    path = os.pathsep.join([str(folder), str(here), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "keras_front_conformance", *arguments]
    environment = {**os.environ, "PYTHONPATH": path}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


FRONT = Path(keras_front_conformance.__file__).with_name("front")
SELECTION = ("-k", "test_array and test_values and (exp- or log- or sin-)", f"--ignore={FRONT}")


def test_a_declared_gap_that_fails_is_no_error(plugins: Path) -> None:
    target = plugins / "out" / "honest.json"
    result = _run(plugins, "honest", "--certificate", str(target), *SELECTION)
    assert result.returncode == 0, result.stdout + result.stderr
    certificate = json.loads(target.read_text())
    assert certificate["backend"] == "honest"
    assert certificate["groups"]["array"]["exp"]["float32"] == {"passed": 0, "failed": 0, "gaps": 1}
    log = certificate["groups"]["array"]["log"]["float32"]
    assert (log["passed"], log["failed"], log["gaps"]) == (1, 0, 0)
    assert 0 <= log["ulps"] < 8
    assert certificate["totals"]["failed"] == 0


def test_a_declared_gap_that_works_is_an_error(plugins: Path) -> None:
    result = _run(plugins, "boastful", *SELECTION)
    assert result.returncode == 1
    assert "the gap 'log' in float64 is declared (said to be missing), but works" in result.stdout


def test_an_undeclared_failure_is_an_error(plugins: Path) -> None:
    target = plugins / "broken.json"
    result = _run(plugins, "broken", "--certificate", str(target), *SELECTION)
    assert result.returncode == 1
    certificate = json.loads(target.read_text())
    assert certificate["groups"]["array"]["sin"]["float32"]["failed"] == 1
    assert certificate["groups"]["array"]["exp"]["float32"]["failed"] == 0


def test_bad_commands_say_what_to_type(plugins: Path) -> None:
    result = _run(plugins)
    assert result.returncode == 2 and "usage" in result.stderr
    result = _run(plugins, "nosuch")
    assert result.returncode == 2
    assert "'nosuch'" in result.stderr and "honest" in result.stderr
