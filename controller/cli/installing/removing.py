"""Takes away what was put on a computer, and nothing else."""

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from controller.cli.installing import card
from controller.cli.installing.acme import folder_of
from controller.cli.installing.layout import Layout
from controller.cli.installing.manifest import Manifest
from controller.cli.installing.steps import ASIDE
from controller.cli.installing.units import systemctl


def take_away(layout: Layout, *, dry: bool) -> tuple[list[str], list[str]]:
    """Paths and units that went, and files that stay because somebody changed them."""
    manifest = Manifest.load(layout.manifest)
    if not dry:
        _stop(layout, manifest.units)
    gone, kept = [f"{unit}: stopped" for unit in manifest.units], []
    if card.is_there(layout):
        gone.append(f"{layout.root / card.FSTAB}: as before; start the computer anew")
        if not dry:
            card.take_back(layout)
    for name in manifest.files:
        path = Path(name)
        if path == layout.config or not path.exists():
            continue
        if manifest.is_ours(path):
            gone.append(name)
            if not dry:
                _put_back(path)
        else:
            kept.append(name)
    if not dry:
        shutil.rmtree(folder_of(layout), ignore_errors=True)
        layout.manifest.unlink(missing_ok=True)
        _tell(layout, manifest.files)
    return gone, kept


def left_behind(layout: Layout) -> list[Path]:
    """What the place has kept, and its configuration."""
    return [each for each in (layout.state, layout.config) if each.exists()]


def _put_back(path: Path) -> None:
    """What stood there before, if anything did."""
    before = path.with_name(path.name + ASIDE)
    if before.exists():
        before.replace(path)
    else:
        path.unlink()


def _stop(layout: Layout, units: Iterable[str]) -> None:
    for unit in units if layout.has_systemd else ():
        words = ["systemctl", "disable", "--now", unit]
        subprocess.run(words, capture_output=True, check=False)


def _tell(layout: Layout, files: Iterable[str]) -> None:
    """Those who have read them."""
    if not layout.has_systemd:
        return
    systemctl("daemon-reload")
    if any("/nginx/" in each for each in files):
        systemctl("reload-or-restart", "nginx.service")
