"""What tests of packages share with others."""

import os
import subprocess
from pathlib import Path

from tests.support.tree import ROOT

ALONE = ("DEBIAN_FRONTEND=noninteractive", "TMPDIR=/tmp")
"""No questions, and its own folder for what passes: the tests' is not there."""


def packages(folder: Path, architecture: str = "amd64", **environment: str) -> list[Path]:
    """Made of the last commit, in a folder."""
    subprocess.run(
        [ROOT / "run", "package", architecture],
        env=os.environ | {"LOQUET_DIST": str(folder), "ZSTD": "3"} | environment,
        check=True,
    )
    return sorted(folder.glob("*.deb"))
