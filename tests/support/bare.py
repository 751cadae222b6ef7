"""A bare Debian in a folder, entered by chroot."""

import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree

SUITE = "trixie"
OF_THIS_MACHINE = ("etc/resolv.conf", "etc/ssl/certs/ca-certificates.crt")
"""How it reaches the registries, which a new system doesn't know."""
MOUNTS = ("dev", "dev/pts", "proc")


@contextmanager
def bare_debian(root: Path, packages: Iterable[str]) -> Iterator[Path]:
    """Its root folder, with these packages and no other but the smallest system."""
    must("debootstrap", "--variant=minbase", f"--include={','.join(packages)}", SUITE, str(root))
    root.chmod(0o755)  # users other than root live there too
    for each in OF_THIS_MACHINE:
        (root / each).parent.mkdir(parents=True, exist_ok=True)
        (root / each).write_bytes(Path("/", each).read_bytes())
    copytree("/etc/apt/apt.conf.d", root / "etc/apt/apt.conf.d", dirs_exist_ok=True)
    for each in MOUNTS:
        must("mount", "--bind", f"/{each}", str(root / each))
    try:
        yield root
    finally:
        for each in reversed(MOUNTS):
            must("umount", "--lazy", str(root / each))


def must(*command: str) -> str:
    """What it printed; its last words are in the failure."""
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout[-4000:]}"
    return done.stdout
