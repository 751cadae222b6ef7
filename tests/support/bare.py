"""A bare Debian in a folder, entered by chroot."""

import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree

from tests.support.programs import program_path

SUITE = "trixie"
OF_THIS_MACHINE = ("etc/resolv.conf", "etc/ssl/certs/ca-certificates.crt")
"""How it reaches the registries, which a new system doesn't know."""
MOUNTS = ("dev", "dev/pts", "proc")


BINARIES = Path("/proc/sys/fs/binfmt_misc")
ARM64 = (
    r":loquet-arm64:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00"
    r":\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:"
)
"""How the kernel knows a program for 64-bit Arm (Documentation/admin-guide/binfmt-misc.rst)."""


@contextmanager
def bare_debian(root: Path, packages: Iterable[str], architecture: str = "amd64") -> Iterator[Path]:
    """Its root folder, with these packages and no other but the smallest system."""
    if architecture == "arm64":
        _emulate_arm64()
    of = f"--arch={architecture}"
    include = f"--include={','.join(packages)}"
    must("debootstrap", of, "--variant=minbase", include, SUITE, str(root))
    root.chmod(0o755)  # users other than root live there too
    for path in OF_THIS_MACHINE:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(Path("/", path).read_bytes())
    copytree("/etc/apt/apt.conf.d", root / "etc/apt/apt.conf.d", dirs_exist_ok=True)
    for mount in MOUNTS:
        must("mount", "--bind", f"/{mount}", str(root / mount))
    try:
        yield root
    finally:
        for mount in reversed(MOUNTS):
            must("umount", "--lazy", str(root / mount))


def _emulate_arm64() -> None:
    """Have the kernel hand programs for Arm to qemu-user, in other roots too (F)."""
    if not (BINARIES / "register").exists():
        must("mount", "-t", "binfmt_misc", "binfmt_misc", str(BINARIES))
    if not (BINARIES / "loquet-arm64").exists():
        qemu = program_path("qemu-aarch64-static")
        (BINARIES / "register").write_text(f"{ARM64}{qemu}:F")


def must(*command: str) -> str:
    """What it printed; its last words are in the failure."""
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout[-20000:]}"
    return done.stdout
