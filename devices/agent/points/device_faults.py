"""Which devices of an access point are in trouble now, and the events that tell of it."""

import logging

from controller.domain.ids import AccessPointId
from controller.wire import events as wire
from controller.wire.events import Event
from devices.agent.journal.ledger import Recorder
from devices.ports import Fault, FaultCleared, FaultKind

log = logging.getLogger(__name__)


class DeviceFaults:
    """Used on the loop's thread."""

    def __init__(self, point: AccessPointId, recorder: Recorder) -> None:
        self._point, self._recorder = point, recorder
        self.now: dict[str, str] = {}
        """Name of the device, and which fault."""

    def raised(self, fault: Fault) -> Event | None:
        """A device is in trouble; None when that is known."""
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
        """The trouble is over; None when there was none."""
        if self.now.pop(well.device, None) is None:
            return None
        return self._recorder.event(wire.FaultReset, self._point, fault=well.kind.value)

    def seen_to(self) -> list[Event]:
        """A person has reset the machine: a switch that had dropped says no more of it until it is
        switched on."""
        dropped = [name for name, kind in self.now.items() if kind == FaultKind.SWITCH_DROPPED]
        for name in dropped:
            del self.now[name]
        return [
            self._recorder.event(wire.FaultReset, self._point, fault=FaultKind.SWITCH_DROPPED.value)
            for _ in dropped
        ]
