"""Builds the wheel: maturin's own backend, with the generator of the Python sources built first.

maturin calls `uniffi-bindgen` for these sources. It has to be of the same version as the library, so it is built from
`../generator`, and found where maturin looks for it.
"""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import maturin
from maturin import get_requires_for_build_sdist, get_requires_for_build_wheel, prepare_metadata_for_build_wheel

__all__ = ["build_wheel", "build_sdist", "get_requires_for_build_wheel", "get_requires_for_build_sdist",
           "prepare_metadata_for_build_wheel"]

MANIFEST = Path(__file__).resolve().parent.parent / "generator" / "Cargo.toml"


def generator() -> Path:
    """Builds the generator; where it is. It only runs here, so it need not be fast."""
    words = ["cargo", "build", "--locked", "--manifest-path", str(MANIFEST)]
    done = subprocess.run([*words, "--message-format=json-render-diagnostics"], check=True, stdout=subprocess.PIPE, text=True)
    built = [json.loads(line) for line in done.stdout.splitlines()]
    return Path(next(line["executable"] for line in reversed(built) if line.get("executable")))


def build_wheel(folder: str, settings: Any = None, metadata: str | None = None) -> str:
    """The hook that pip calls."""
    with tempfile.TemporaryDirectory() as tools:
        made = generator()
        shutil.copy2(made, Path(tools) / f"uniffi-bindgen{made.suffix}")
        before = os.environ["PATH"]
        os.environ["PATH"] = tools + os.pathsep + before
        try:
            return str(maturin.build_wheel(folder, settings, metadata))
        finally:
            os.environ["PATH"] = before


def build_sdist(folder: str, settings: Any = None) -> str:
    """The hook for source archives."""
    return str(maturin.build_sdist(folder, settings))
