"""Check any computer: the room on its disk, its clock, and the modes of secret files."""

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from controller.cli.checking.findings import Finding

LEAST_BYTES = 200 * 1024 * 1024
"""With less free space than this or `LEAST_SHARE` of a small disk, the disk counts as full."""
LEAST_SHARE = 0.05
"""With less than this share of its room free, a small disk counts as full."""
SKEW_S = 30.0
"""Greatest difference in seconds between two clocks that counts as equal."""


def disk(folder: Path, what: str) -> Finding:
    """Check that there is room on the disk of a folder."""
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    usage = shutil.disk_usage(existing)
    free = usage.free // (1024 * 1024)
    good = usage.free >= min(LEAST_BYTES, usage.total * LEAST_SHARE)
    advice = f"{folder} has {free} MB left: make room, or move it to a larger disk"
    return Finding(f"room for {what}: {free} MB", good, advice)


def clock(mode: str = "auto") -> Finding:
    """Check that the clock is synchronised, or has a battery."""
    from devices.agent.clock import kernel_synchronised

    advice = "timedatectl set-ntp true (apt install systemd-timesyncd); without network, a battery"
    if mode == "trusted":
        return Finding("the clock has a battery, as config.toml says", True)
    return Finding(
        "the clock is kept by NTP", kernel_synchronised(), f"it is not synchronised: {advice}"
    )


def clocks_agree(own_time: datetime, other_time: datetime, other: str) -> Finding:
    """Check that the clocks of this and another computer agree."""
    difference_s = abs((own_time - other_time).total_seconds())
    advice = (
        f"they are {difference_s:.0f} s apart: one of the two is wrong; check timedatectl on both"
    )
    return Finding(f"the clock is that of {other}", difference_s <= SKEW_S, advice)


def modes(files: list[Path]) -> Iterator[Finding]:
    """Yield a finding for each secret file that others than its owner can read."""
    for file in files:
        if file.exists() and file.stat().st_mode & 0o077:
            yield Finding(f"only its owner can read {file}", False, f"chmod 600 {file}")
