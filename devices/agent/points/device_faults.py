"""Tracks which devices of an access point have a fault, and makes the events about it."""

import logging

from controller.domain.ids import AccessPointId
from controller.wire import events as wire
from controller.wire.events import Event
from devices.agent.journal.ledger import Recorder
from devices.ports import Fault, FaultCleared, FaultKind

log = logging.getLogger(__name__)


class DeviceFaults:
    """The faults of one point's devices; only the loop's thread uses it."""

    def __init__(self, point: AccessPointId, recorder: Recorder) -> None:
        self._point, self._recorder = point, recorder
        self.now: dict[str, str] = {}
        """Current faults by the device's name."""

    def raised(self, fault: Fault) -> Event | None:
        """Note a device's fault and return its event; None if that fault is known."""
        if self.now.get(fault.device) == fault.kind:
            return None
        self.now[fault.device] = fault.kind
        log.error("%s: %s: %s", fault.device, fault.kind, fault.detail)
        return self._recorder.event(
            wire.FaultRaised,
            self._point,
            fault=fault.kind.value,
            device=fault.device.partition("/")[2],
            text=fault.detail[:500],
        )

    def over(self, well: FaultCleared) -> Event | None:
        """Note the end of a device's fault and return its event; None if there was none."""
        if self.now.pop(well.device, None) is None:
            return None
        return self._recorder.event(wire.FaultReset, self._point, fault=well.kind.value)

    def seen_to(self) -> list[Event]:
        """Clear the faults of dropped switches, because somebody has reset the machine.

        Returns the events. A driver itself clears such a fault only once the switch is on again.
        """
        dropped = [name for name, kind in self.now.items() if kind == FaultKind.SWITCH_DROPPED]
        for name in dropped:
            del self.now[name]
        return [
            self._recorder.event(wire.FaultReset, self._point, fault=FaultKind.SWITCH_DROPPED.value)
            for _ in dropped
        ]
