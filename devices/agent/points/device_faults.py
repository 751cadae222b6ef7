"""Tracks the faults of an access point's devices, and makes their events."""

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
        self.current: dict[str, str] = {}
        """Current faults by the device's name."""

    def raise_fault(self, fault: Fault) -> Event | None:
        """Store a device's fault and return its event; None if the fault is already stored."""
        if self.current.get(fault.device) == fault.kind:
            return None
        self.current[fault.device] = fault.kind
        log.error("%s: %s: %s", fault.device, fault.kind, fault.detail)
        return self._recorder.event(
            wire.FaultRaised,
            self._point,
            fault=fault.kind.value,
            device=fault.device.partition("/")[2],
            text=fault.detail[:500],
        )

    def clear(self, cleared: FaultCleared) -> Event | None:
        """Clear a device's fault and return its event; None without a fault."""
        if self.current.pop(cleared.device, None) is None:
            return None
        return self._recorder.event(wire.FaultReset, self._point, fault=cleared.kind.value)

    def clear_dropped_switches(self) -> list[Event]:
        """Clear the faults of dropped switches, because somebody has reset the machine.

        Returns the events. A driver itself clears that fault only once the switch is on again.
        """
        dropped = [name for name, kind in self.current.items() if kind == FaultKind.SWITCH_DROPPED]
        for name in dropped:
            del self.current[name]
        return [
            self._recorder.event(wire.FaultReset, self._point, fault=FaultKind.SWITCH_DROPPED.value)
            for _ in dropped
        ]
