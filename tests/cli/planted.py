"""What tests of planted share with others."""

import os
import pwd
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

SERVICE = "nobody"


@pytest.fixture
def computer() -> Iterator[Path]:
    """A root folder with a folder of the service user's, and a secret of root's."""
    with tempfile.TemporaryDirectory(dir="/tmp") as made:
        root = Path(made)
        root.chmod(0o755)
        (root / "secret").write_text("of root's\n")
        (root / "secret").chmod(0o600)
        (root / "var/lib/loquet/var").mkdir(parents=True)
        hand_over(root / "var/lib/loquet")
        yield root


def hand_over(folder: Path) -> None:
    """It and all that is in it become the service user's."""
    found = pwd.getpwnam(SERVICE)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, found.pw_uid, found.pw_gid, follow_symlinks=False)
