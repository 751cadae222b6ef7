"""Stamps events: an id, the boot, and the time as this agent knows it."""

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from controller.domain.ids import AccessPointId
from controller.wire.ids import uuid7
from devices.agent.clock import Clock

E = TypeVar("E")
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def kernel_boot() -> str:
    """The kernel's boot id: the same for every process until the board restarts."""
    try:
        return str(uuid.UUID(_BOOT_ID.read_text(encoding="ascii").strip()))
    except (OSError, ValueError):
        return str(uuid.uuid4())


class Recorder:
    """Makes events for the journal; every thread may use it."""

    def __init__(self, boot: str, clock: Clock) -> None:
        self.boot = boot
        self.clock = clock

    def event(self, kind: Callable[..., E], point: AccessPointId | None, /, **fields: Any) -> E:
        """An event of now."""
        clock = self.clock
        return kind(
            event_id=uuid7(),
            boot_id=self.boot,
            mono_ms=int(clock.mono() * 1000),
            at=clock.now(),
            clock_trusted=clock.trusted,
            access_point=point,
            **fields,
        )
