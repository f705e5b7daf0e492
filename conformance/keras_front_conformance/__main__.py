"""``python -m keras_front_conformance BACKEND [pytest options]``: certifies a backend."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

USAGE = """usage: python -m keras_front_conformance BACKEND [--front] [--certificate PATH] [--nightly] [pytest options]

Holds a backend of the entry-point group 'keras_front.backends' against the protocol, prints pytest's summary, and exits
with a code other than 0 if anything fails.  Needs the extra 'conformance' of keras-front.  --front also runs the tests of
layers, training and saving on the backend, which compare with real Keras: they need keras==3.15.1 and jax, and tensors
whose operators give way to objects they do not know."""


def main(arguments: list[str]) -> int:
    """Runs the suite; returns pytest's exit code."""
    if not arguments or arguments[0].startswith("-"):
        print(USAGE, file=sys.stderr)
        return 0 if arguments[:1] in (["-h"], ["--help"]) else 2
    name, *options = arguments
    missing = [needed for needed in ("pytest", "hypothesis") if importlib.util.find_spec(needed) is None]
    if missing:
        print(
            f"the suite needs {', '.join(missing)}: pip install 'keras-front[conformance]'", file=sys.stderr
        )
        return 2
    # The front reads the variable when it is imported.
    os.environ["KERAS_BACKEND"] = name
    import pytest

    try:
        from .backends import load

        load(name)
    except Exception as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 2
    here = Path(__file__).parent
    fixed = ["--config-file", str(here / "pytest.ini"), "--rootdir", str(here), str(here)]
    if "--front" in options:
        options.remove("--front")
    else:
        fixed += ["--ignore", str(here / "front")]
        print("protocol only; --front adds the tests of layers, training and saving")
    return int(pytest.main([*fixed, *options]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
