"""Environments of the real programs that tests talk to, made from a lock and kept in .cache."""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.tree import ROOT


def bin_folder(name: str, python: str = sys.executable, *, wheels_only: bool = True) -> Path:
    """The programs of an environment that holds requirements/NAME.txt, made once a lock."""
    lock = ROOT / "requirements" / f"{name}.txt"
    made_of = sys.version + python + str(ROOT) + lock.read_text()
    cache = ROOT / ".cache"
    folder = cache / f"{name}-{hashlib.sha256(made_of.encode()).hexdigest()[:16]}"
    cache.mkdir(exist_ok=True)
    with (cache / f"{name}.lock").open("w") as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        if not folder.exists():
            for older in cache.glob(f"{name}-*"):
                shutil.rmtree(older)
            _make(folder, lock, python, wheels_only)
    return folder / "bin"


def _make(folder: Path, lock: Path, python: str, wheels_only: bool) -> None:
    """A folder that is renamed has programs that name the old one: they are started by module.

    What pip would compile is kept by the old name too (PYTHONPYCACHEPREFIX), and never found.
    """
    fresh = folder.with_name(f"{folder.name}-new")
    venv = [python, "-m", "venv", "--without-pip", str(fresh)]
    pip = [sys.executable, "-m", "pip", "--python", f"{fresh}/bin/python", "--quiet"]
    install = ["install", "--disable-pip-version-check", "--no-deps", "--no-compile"]
    install += ["--only-binary", ":all:"] if wheels_only else []
    subprocess.run(venv, check=True)
    subprocess.run([*pip, *install, "--require-hashes", "--requirement", str(lock)], check=True)
    fresh.rename(folder)
