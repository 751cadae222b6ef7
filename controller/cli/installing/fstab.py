"""The mounts of a card that survives power cuts (fstab(5))."""

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from controller.cli.installing.marked_lines import add_lines, remove_lines
from controller.settings import SettingsError

LABEL = "loquet-data"
"""Label of the partition that stays writable."""
DATA = PurePosixPath("/var/lib/loquet-data")
"""Its mount point.

It belongs to root, so that the agent can't replace other programs' data in it.
"""
KEPT = DATA / "kept"
"""Folder on that partition with the contents of the folders that survive."""
OPTIONS = "noatime,nodev,nosuid,errors=remount-ro"
"""Mount options of the partition."""
_READ_ONLY = ("/", "/boot", "/boot/firmware")
_IN_MEMORY = {
    "/tmp": "mode=1777,nosuid,nodev,size=64M",  # noqa: S108  the system's own
    "/var/tmp": "mode=1777,nosuid,nodev,size=64M",  # noqa: S108
    "/var/log": "mode=0755,nosuid,nodev,noexec,size=32M",
    "/var/lib/dhcp": "mode=0755,nosuid,nodev,noexec,size=1M",
}
_WHERE, _OPTIONS, _FIELDS = 1, 3, 4
"""Positions of mount point and options in a line of fstab, and how many fields it has at least."""


def read_only_fstab(fstab: str, persistent: Sequence[str], folders: Sequence[str]) -> str:
    """Return fstab with a read-only root, the folders `persistent` on the partition, and others in
    memory.

    `folders`: those of `volatile_folders` that this computer has. Raises SettingsError if there is
    no line for the root, or a folder is mounted already.
    """
    mounted = {line.split()[_WHERE] for line in remove_lines(fstab).splitlines() if _is_entry(line)}
    if "/" not in mounted:
        raise SettingsError("/etc/fstab has no line for /, so its root can't be made read-only")
    conflicts = mounted.intersection((str(DATA), *persistent))
    if conflicts:
        raise SettingsError(f"/etc/fstab mounts {min(conflicts)} already; take that line out first")
    return add_lines(
        fstab,
        _lines(persistent, [folder for folder in folders if folder not in mounted]),
        _read_only,
    )


def volatile_folders() -> tuple[str, ...]:
    """Return the folders whose contents may be lost with the power."""
    return tuple(_IN_MEMORY)


def _lines(persistent: Sequence[str], in_memory: Sequence[str]) -> Iterator[str]:
    # nofail: with a broken partition the computer must still start, so that somebody can look at
    # it.
    options = "nofail,x-systemd.device-timeout=30s"
    yield f"LABEL={LABEL} {DATA} ext4 {OPTIONS},{options} 0 2"
    yield from (f"{KEPT}{folder} {folder} none bind,nofail 0 0" for folder in persistent)
    yield from (f"tmpfs {folder} tmpfs {_IN_MEMORY[folder]} 0 0" for folder in in_memory)


def _is_entry(line: str) -> bool:
    return not line.lstrip().startswith("#") and len(line.split()) >= _FIELDS


def _read_only(line: str) -> str:
    if not _is_entry(line) or line.split()[_WHERE] not in _READ_ONLY:
        return line
    fields = line.split()
    options = [option for option in fields[_OPTIONS].split(",") if option not in ("rw", "ro")]
    fields[_OPTIONS] = ",".join([*options, "ro"])
    return line if fields == line.split() else " ".join(fields)
