"""``python -m keras_front_conformance BACKEND [pytest options]``: certifies a backend."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

USAGE = """usage: python -m keras_front_conformance BACKEND [--certificate PATH] [--nightly] [pytest options]

Runs the conformance suite on a backend of the entry-point group 'keras_front.backends', prints pytest's summary,
and exits with a code other than 0 if anything fails.  Needs the extra 'conformance' of keras-front."""


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
    return int(
        pytest.main(["--config-file", str(here / "pytest.ini"), "--rootdir", str(here), str(here), *options])
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
