"""Remove what was installed on a computer, and nothing else."""

import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from controller.cli.installing import card
from controller.cli.installing.acme import folder_of
from controller.cli.installing.front import NAME
from controller.cli.installing.layout import Layout
from controller.cli.installing.manifest import Manifest
from controller.cli.installing.names import AVAHI
from controller.cli.installing.steps import BACKUP_SUFFIX
from controller.cli.installing.units import systemctl

_UNITS = re.compile(r"loquet-[a-z]+(-[a-z]+)?\.(service|timer|path)")
_DROP_INS = re.compile(r"(journald\.conf|system\.conf|system/[A-Za-z-]+\.(service|path))\.d")


def uninstall(layout: Layout, *, dry: bool) -> tuple[list[str], list[str]]:
    """Return the removed paths and units, and the changed files that stay."""
    manifest = Manifest.load(layout.manifest)
    units = [unit for unit in manifest.units if _UNITS.fullmatch(unit)]
    if not dry:
        _stop(layout, units)
    removed, kept = [f"{unit}: stopped" for unit in units], []
    if card.is_there(layout):
        removed.append(f"{layout.root / card.FSTAB}: restored; restart the computer")
        if not dry:
            card.undo(layout)
    for name in manifest.files:
        path = Path(name)
        if path == layout.config or not path.exists():
            continue
        if is_known(layout, path) and manifest.is_ours(path):
            removed.append(name)
            if not dry:
                _put_back(path)
        else:
            kept.append(name)
    if not dry:
        shutil.rmtree(folder_of(layout), ignore_errors=True)
        shutil.rmtree(layout.of_root, ignore_errors=True)
        _reload(layout, manifest.files)
    return removed, kept


def is_known(layout: Layout, path: Path) -> bool:
    """Return whether `loquet setup` writes such a file at all.

    Nothing else is removed, whatever the manifest says.
    """
    if path.parent == layout.units:
        return _UNITS.fullmatch(path.name) is not None
    if path.name == "loquet.conf" and path.is_relative_to(layout.root / "etc/systemd"):
        below = path.parent.relative_to(layout.root / "etc/systemd")
        return _DROP_INS.fullmatch(str(below)) is not None
    nginx_files = [layout.nginx / "conf.d" / NAME, layout.root / AVAHI]
    return path in nginx_files or (path == layout.nginx / "nginx.conf" and not layout.is_system)


def _put_back(path: Path) -> None:
    """Restore the file that was there before ours, or remove ours."""
    before = path.with_name(path.name + BACKUP_SUFFIX)
    if before.exists():
        before.replace(path)
    else:
        path.unlink()


def _stop(layout: Layout, units: Iterable[str]) -> None:
    for unit in units if layout.has_systemd else ():
        words = ["systemctl", "disable", "--now", unit]
        subprocess.run(words, capture_output=True, check=False)


def _reload(layout: Layout, files: Iterable[str]) -> None:
    """Reload systemd and nginx, which have read the files."""
    if not layout.has_systemd:
        return
    systemctl("daemon-reload")
    if any("/nginx/" in file for file in files):
        systemctl("reload-or-restart", "nginx.service")
