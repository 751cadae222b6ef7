"""An earlier Loquet, run as it was: its tree from the history, its libraries from its own lock."""

import io
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

import pytest

from tests.support.tree import ROOT

RELEASES = {"0.2.0": "3c5c64853a94"}
"""The commits that were released."""


def earlier(version: str, folder: Path) -> Path:
    """The Python of that version, and so its programs."""
    commit = RELEASES[version]
    tree, venv = folder / "tree", folder / "venv"
    archive = subprocess.run(["git", "-C", ROOT, "archive", commit], capture_output=True)
    if archive.returncode != 0:
        pytest.skip(f"the history does not reach back to {version}: git fetch --unshallow")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
        tar.extractall(tree, filter="data")
    python = venv / "bin/python"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--quiet", "install"]
    lock = tree / "requirements/run.txt"
    pip += ["--disable-pip-version-check", "--no-deps", "--require-hashes", "--requirement"]
    subprocess.run([*pip, str(lock)], check=True)
    site = next((venv / "lib").glob("python*/site-packages"))
    (site / "tree.pth").write_text(f"{tree}\n")
    _say_its_drivers(tree, site / f"loquet-{version}.dist-info", version)
    return python


def _say_its_drivers(tree: Path, folder: Path, version: str) -> None:
    """What an installation notes of them."""
    project = tomllib.loads((tree / "pyproject.toml").read_text())["project"]
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: loquet\nVersion: {version}\n")
    lines = []
    for group, points in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {where}" for name, where in points.items())]
    (folder / "entry_points.txt").write_text("\n".join(lines) + "\n")
