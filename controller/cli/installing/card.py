"""Make an SD card survive power cuts: only a small partition of its own is ever written.

`loquet setup agent --read-only` moves the agent's data there, puts logs into memory, and mounts the
root read-only from the next start on. `loquet remove` undoes this.
"""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from controller.cli.installing.fstab import (
    DATA,
    KEPT,
    LABEL,
    OPTIONS,
    read_only_fstab,
    volatile_folders,
)
from controller.cli.installing.layout import Layout
from controller.cli.installing.manifest import Manifest
from controller.cli.installing.marked_lines import add_lines, is_marked, remove_lines
from controller.cli.installing.steps import BACKUP_SUFFIX, Folder, FunctionStep, Step, WriteFile
from controller.settings import SettingsError

FSTAB, FIRMWARE, RESOLV = "etc/fstab", "boot/firmware/config.txt", "etc/resolv.conf"
"""Files of the system that are changed, below the root."""
_OWN_FOLDERS = ("/var/lib/loquet", "/etc/loquet", "/usr/local/lib/loquet/programs")
_OF_OTHERS = ("/var/lib/NetworkManager", "/var/lib/systemd/timesync")
"""Folders of network leases and of the clock's last time: a Pi has no battery, and would start in
the past."""
_DHCP = "run/NetworkManager/resolv.conf"
_DROP_INS = {
    "journald.conf.d/loquet.conf": "[Journal]\nStorage=volatile\nRuntimeMaxUse=32M\n",
    # The Pi's hardware watchdog accepts 15 s at most.
    "system.conf.d/loquet.conf": "[Manager]\nRuntimeWatchdogSec=10s\n",
}
_AGENTS = ("loquet-agent.service", "loquet-agent-program.service", "loquet-agent-program.path")
# Without the partition mounted, the root still has the folders' former contents, which must not be
# used.
_WITH_THE_PARTITION = f"[Unit]\nRequiresMountsFor={' '.join(_OWN_FOLDERS)}\n"
# Only ordered after the mount: without the partition, the network must start all the same.
_AFTER_ITS_LEASES = "[Unit]\nAfter=var-lib-NetworkManager.mount\n"
_ONLY_WHEN_WRITABLE = "[Unit]\nConditionPathIsReadWrite=/\n"
_WRITERS = ("apt-daily", "apt-daily-upgrade", "dpkg-db-backup", "logrotate", "man-db")
"""Services of Debian's timers that would fail every day on a read-only root."""


def is_there(layout: Layout) -> bool:
    """Return whether this computer's card was set up in this way."""
    fstab = layout.root / FSTAB
    return fstab.exists() and is_marked(fstab.read_text())


def require(layout: Layout) -> None:
    """Check all conditions before anything is changed.

    Raises SettingsError with what is missing.
    """
    if (layout.keys / "ca.key").exists():
        raise SettingsError(
            "this is a controller too, whose database needs a card that is written; give the agent"
            " a Pi of its own, or leave --read-only out"
        )
    if not layout.is_system:
        raise SettingsError(
            "--read-only changes the computer that it runs on: run it there, without --root"
        )
    if is_there(layout):
        return
    read_only_fstab(_fstab(layout), _kept_folders(layout), _in_memory(layout))
    if _partition() != "ext4":
        raise SettingsError(f"no ext4 partition has the label {LABEL}; see docs/card.md")
    if layout.has_systemd and _succeeds("systemctl", "is-active", "--quiet", "loquet-agent"):
        raise SettingsError(
            "the agent is running; when no machine is in use, run systemctl stop loquet-agent, then"
            " this command again"
        )


def require_writable(layout: Layout) -> None:
    """Raise SettingsError if the root is mounted read-only at the moment."""
    root = _output_of("findmnt", "-n", "-o", "OPTIONS", "/") if layout.is_system else ""
    if "ro" in root.split(","):
        raise SettingsError(
            "the card is read-only: mount -o remount,rw / first, and restart the computer after"
        )


def steps(layout: Layout, manifest: Manifest) -> Iterator[Step]:
    """Yield the steps: move data to the partition, and make the root read-only."""
    data, kept_data = layout.root / str(DATA).lstrip("/"), layout.root / str(KEPT).lstrip("/")
    yield Folder(data, None, 0o755)
    where = ("-t", "ext4", "-o", OPTIONS, f"LABEL={LABEL}", str(data))
    yield _mount_step(data, f"partition {LABEL} at {data}", *where)
    yield FunctionStep(
        f"what an agent keeps in {kept_data}",
        lambda: not kept_data.exists(),
        lambda: _move_data(layout),
    )
    fstab = layout.root / FSTAB
    lines = lambda: read_only_fstab(_fstab(layout), _kept_folders(layout), _in_memory(layout))  # noqa: E731
    yield _edit_step(fstab, f"{fstab}: / read-only from the next start on, logs in memory", lines)
    for folder in _kept_folders(layout):
        yield _mount_step(Path(folder), f"{folder} from there", folder)
    for name, text in _drop_ins(layout):
        yield WriteFile(layout.root / "etc/systemd" / name, text, manifest)
    firmware = layout.root / FIRMWARE
    if firmware.exists():
        watchdog = lambda: add_lines(firmware.read_text(), ["[all]", "dtparam=watchdog=on"])  # noqa: E731
        yield _edit_step(firmware, f"{firmware}: the watchdog of the hardware", watchdog)
    if (layout.root / "var/lib/NetworkManager").exists():
        yield _resolver_step(layout)


def undo(layout: Layout) -> None:
    """Move everything back to the root, which is writable from the next start on."""
    kept_data = layout.root / str(KEPT).lstrip("/")
    for folder in map(Path, _kept_folders(layout)):
        if folder.is_mount():
            _run("umount", str(folder))
        if (copy := kept_data / str(folder).lstrip("/")).exists():
            _copy(copy, folder)
    for name in (FIRMWARE, FSTAB):  # fstab last: its lines mark the card as set up
        if (file := layout.root / name).exists():
            _write(file, remove_lines(file.read_text()))
    _resolve_as_before(layout)
    shutil.rmtree(kept_data, ignore_errors=True)
    if kept_data.parent.is_mount():
        _run("umount", str(kept_data.parent))
        kept_data.parent.rmdir()


def _fstab(layout: Layout) -> str:
    file = layout.root / FSTAB
    return file.read_text() if file.exists() else ""


def _kept_folders(layout: Layout) -> list[str]:
    """Return the folders that must survive a power cut."""
    existing = [folder for folder in _OF_OTHERS if (layout.root / folder.lstrip("/")).is_dir()]
    return [*_OWN_FOLDERS, *existing]


def _in_memory(layout: Layout) -> list[str]:
    return [folder for folder in volatile_folders() if (layout.root / folder.lstrip("/")).is_dir()]


def _drop_ins(layout: Layout) -> Iterator[tuple[str, str]]:
    yield from _DROP_INS.items()
    for agent in _AGENTS:
        yield f"system/{agent}.d/loquet.conf", _WITH_THE_PARTITION
    if (layout.root / "var/lib/NetworkManager").exists():
        yield "system/NetworkManager.service.d/loquet.conf", _AFTER_ITS_LEASES
    for writer in _WRITERS:
        if layout.packaged(f"{writer}.service"):
            yield f"system/{writer}.service.d/loquet.conf", _ONLY_WHEN_WRITABLE


def _mount_step(folder: Path, description: str, *words: str) -> Step:
    def apply() -> bool:
        if folder.is_mount():
            return False
        _run("mount", *words)
        return True

    return FunctionStep(description, lambda: not folder.is_mount(), apply)


def _edit_step(file: Path, description: str, text: Callable[[], str]) -> Step:
    def is_needed() -> bool:
        return not file.exists() or text() != file.read_text()

    def apply() -> bool:
        lacked = is_needed()
        if lacked:
            _write(file, text())
        return lacked

    return FunctionStep(description, is_needed, apply)


def _move_data(layout: Layout) -> bool:
    """Move the data to the partition; an interrupted copy is repeated.

    Raises SettingsError if the partition has data of another card, which may be newer.
    """
    kept_data = layout.root / str(KEPT).lstrip("/")
    if kept_data.exists():
        if is_there(layout):
            return False
        raise SettingsError(
            f"{kept_data} has what another card kept; if it is not wanted any more, delete it"
        )
    copy = kept_data.with_name("coming")
    shutil.rmtree(copy, ignore_errors=True)
    for folder in _kept_folders(layout):
        source = layout.root / folder.lstrip("/")
        source.mkdir(parents=True, exist_ok=True)
        _copy(source, copy / folder.lstrip("/"))
    _run("sync", "--file-system", str(copy))
    copy.rename(kept_data)
    return True


def _copy(source: Path, to: Path) -> None:
    """Copy with owners and modes; the former target is removed once the copy is complete."""
    new, old = (to.with_name(f"{to.name}.loquet-{suffix}") for suffix in ("new", "old"))
    shutil.rmtree(new, ignore_errors=True)
    new.parent.mkdir(parents=True, exist_ok=True)
    _run("cp", "--archive", str(source), str(new))
    if to.exists():
        shutil.rmtree(old, ignore_errors=True)
        to.rename(old)
    new.rename(to)
    shutil.rmtree(old, ignore_errors=True)


def _resolver_step(layout: Layout) -> Step:
    """Return the step that moves resolv.conf into memory, where it can be written."""
    file = layout.root / RESOLV

    def apply() -> bool:
        if file.is_symlink():
            return False
        if file.exists():
            file.rename(file.with_name(file.name + BACKUP_SUFFIX))
        file.symlink_to(f"/{_DHCP}")
        return True

    return FunctionStep(f"{file} leads to memory", lambda: not file.is_symlink(), apply)


def _resolve_as_before(layout: Layout) -> None:
    file = layout.root / RESOLV
    before = file.with_name(file.name + BACKUP_SUFFIX)
    if before.exists() and file.is_symlink():
        before.replace(file)


def _write(file: Path, text: str) -> None:
    """Replace a file atomically. Ownership is not set (FAT has none)."""
    new = file.with_name(f"{file.name}.loquet-new")
    new.write_text(text)
    new.chmod(file.stat().st_mode & 0o777)
    _run("sync", str(new))
    new.replace(file)


def _partition() -> str:
    """Return the file system of the data partition; empty: there is no such partition."""
    device = _output_of("findfs", f"LABEL={LABEL}")
    return _output_of("blkid", "-p", "-o", "value", "-s", "TYPE", device) if device else ""


def _output_of(*words: str) -> str:
    """Return the output of a command; empty if it fails."""
    result = subprocess.run(words, capture_output=True, text=True, check=False)
    return result.stdout.strip() if result.returncode == 0 else ""


def _succeeds(*words: str) -> bool:
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def _run(*words: str) -> None:
    result = subprocess.run(words, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise SettingsError(f"{' '.join(words)}: {' '.join(result.stderr.split()) or 'it failed'}")
