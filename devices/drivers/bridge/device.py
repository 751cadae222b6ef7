"""What all `bridge` drivers share: the link to a microcontroller, one per port, and its faults."""

from typing import Annotated, ClassVar

from msgspec import Meta

from devices.needs import Needs
from devices.ports import DeviceError, Fault, FaultCleared, FaultKind
from devices.wiring import Context
from firmware_bridge.exchange import BridgeEvent
from firmware_bridge.link import Link
from firmware_bridge.messages import Hello, Report, Status
from firmware_bridge.relay import Relay
from firmware_bridge.silence import FIRST_SILENCE_LIMIT_S

BridgePort = Annotated[
    str,
    Meta(
        pattern="^(?:/.+|usb:.+)",
        description='a serial device\'s path, or "usb:" and the serial number of the board',
    ),
]
BRIDGE = Needs(modules=("cobs", "serial"), extra="bridge")
RelayNumber = Annotated[int, Meta(ge=0, le=3, description="a relay from 0 to 3")]


def shared_link(port: str, context: Context) -> Link:
    """Return the link of that port; all devices of this agent share it."""

    def make() -> Link:
        return Link(port)

    return context.shared.get(("bridge", port), make)


class BridgeDevice:
    """Base class of devices at a microcontroller: reports a fault while it is unreachable.

    Subclasses override the callbacks that they need. All but the constructor and `_leave` run on
    the link's thread.
    """

    unreachable: FaultKind
    """The fault to report."""
    detects_s: ClassVar[float | None] = FIRST_SILENCE_LIMIT_S
    """Time to notice a microcontroller that never answered; one that went silent is noticed after
    `silence.SILENCE_LIMIT_S`."""
    needs: ClassVar[Needs] = BRIDGE

    def __init__(
        self, port: str, context: Context, relay: Relay | None = None, input: int | None = None
    ) -> None:
        """Register with the link of that port. Raises DeviceError if the relay is in use."""
        self._context = context
        self._faults: set[FaultKind] = set()
        self._link = shared_link(port, context)
        self._relay = relay
        self._is_closed = False
        try:
            point = context.device.rpartition("/")[0]
            self._link.add(self, relay, input, point)
        except ValueError as error:
            raise DeviceError(f"{context.device}: {error}") from error

    def up(self, hello: Hello) -> None:
        """See link.Device."""
        self._clear(self.unreachable)

    def restarted(self, hello: Hello) -> None:
        """See link.Device."""

    def down(self, why: str) -> None:
        """See link.Device."""
        self._raise_fault(self.unreachable, why)

    def status(self, status: Status, at_s: float) -> None:
        """See link.Device."""

    def report(self, report: Report, at_s: float) -> None:
        """See link.Device."""

    def event(self, event: BridgeEvent, at_s: float) -> None:
        """See link.Device."""

    def _need_link(self) -> None:
        """Raise DeviceError if the microcontroller does not answer."""
        if (why := self._link.why_down) is not None:
            raise DeviceError(f"{self._context.device}: {self._link.port}: {why}")

    def _raise_fault(self, kind: FaultKind, why: str) -> None:
        if kind not in self._faults:
            self._faults.add(kind)
            self._context.emit(Fault(self._context.device, kind, why))

    def _clear(self, kind: FaultKind) -> None:
        if kind in self._faults:
            self._faults.discard(kind)
            self._context.emit(FaultCleared(self._context.device, kind))

    def _leave(self) -> None:
        """Unregister, and switch the relay off; may be called twice."""
        if not self._is_closed:
            self._is_closed = True
            self._link.remove(self, self._relay)
