"""The firmware, its bench and its test programs, built once for each state of their sources."""

import fcntl
import hashlib
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.tree import ROOT

SOURCES = ROOT / "firmware_bridge" / "firmware"
CACHE = ROOT / ".cache" / "firmware"
PATTERNS = ("*.[ch]", "Makefile", "sim/*.[ch]", "tests/*.[ch]")

# There is no dynamic memory to leak, and looking for leaks needs rights that containers lack.
SANITIZED = os.environ | {"ASAN_OPTIONS": "detect_leaks=0"}


@dataclass(frozen=True)
class Firmware:
    """Where what was built is."""

    folder: Path

    @property
    def elf(self) -> Path:
        """The firmware for the Nano, the very file that is flashed."""
        return self.folder / "loquet-bridge-nano.elf"

    @property
    def uno(self) -> Path:
        """The firmware for the Uno, which has no A6 and A7."""
        return self.folder / "loquet-bridge-uno.elf"

    @property
    def bench(self) -> Path:
        """The elf's test bench: see firmware_bridge/firmware/sim/README.md."""
        return self.folder / "bench"

    @property
    def size_report(self) -> str:
        """What make said of flash and RAM."""
        return (self.folder / "size.txt").read_text()


@pytest.fixture(scope="session")
def firmware() -> Firmware:
    """The firmware, its bench and its test programs."""
    return build_firmware()


def build_firmware() -> Firmware:
    """Builds what is not there yet; safe where several processes want it at once.

    Raises subprocess.CalledProcessError, with the compiler's words on standard error.
    """
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        firmware = Firmware(CACHE / _state())
        if not (firmware.folder / "size.txt").exists():
            _make(firmware.folder)
    return firmware


def _state() -> str:
    digest = hashlib.sha256()
    for path in sorted(path for pattern in PATTERNS for path in SOURCES.glob(pattern)):
        digest.update(path.relative_to(SOURCES).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _make(folder: Path) -> None:
    command = ["make", "-s", "-j2", "-C", str(SOURCES), f"OUT={folder}"]
    subprocess.run([*command, "tools"], check=True)
    sizes = [
        subprocess.run(
            [*command, f"BOARD={board}", "all"], check=True, stdout=subprocess.PIPE, text=True
        ).stdout
        for board in ("nano", "uno")
    ]
    (folder / "size.txt").write_text("".join(sizes))
