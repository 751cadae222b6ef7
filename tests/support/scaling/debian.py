"""Debian's packages in a folder of their own: nothing is installed on this computer."""

import os
import re
from pathlib import Path

from tests.support.bare import must

PACKAGES = (
    "patroni",
    "python3-etcd",
    "python3-dnspython",
    "postgresql-17",
    "etcd-server",
    "haproxy",
    "pgbouncer",
    "valkey-server",
    "valkey-sentinel",
    "valkey-tools",
)
LIBRARIES = "usr/lib/x86_64-linux-gnu"
NOBODY = 65534


def unpacked(folder: Path) -> Path:
    """A root folder with these packages, and what they need beyond what this computer has."""
    must("apt-get", "-q", "update")
    plan = must("apt-get", "-q", "-s", "--no-install-recommends", "install", *PACKAGES)
    found = set(re.findall(r"^Inst (\S+)", plan, re.MULTILINE))
    names = sorted((found | set(PACKAGES)) - {"libc6"})
    debs, root = folder / "debs", folder / "root"
    debs.mkdir()
    must("sh", "-c", f'cd "{debs}" && apt-get -q download {" ".join(names)}')
    for path in debs.glob("*.deb"):
        must("dpkg", "-x", str(path), str(root))
        path.unlink()
    return root


def environment(root: Path) -> dict[str, str]:
    """In which the programs of such a folder find their libraries and modules."""
    return {
        "LD_LIBRARY_PATH": str(root / LIBRARIES),
        "PYTHONPATH": str(root / "usr/lib/python3/dist-packages"),
        "LC_ALL": "C.UTF-8",
    }


def as_nobody(*command: str) -> list[str]:
    """The command, run by a user who may do nothing: PostgreSQL refuses root."""
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *command]


def owned(folder: Path, mode: int = 0o700) -> Path:
    """A new folder of that user's."""
    folder.mkdir(mode=mode, parents=True)
    os.chown(folder, NOBODY, NOBODY)
    return folder
