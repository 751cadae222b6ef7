"""An RS-485 line with OSDP readers, each in a secure channel with its own key (libosdp).

One thread uses the line. A reader that went silent or left its secure channel is disabled and
enabled until it is back, since libosdp alone would not retry for minutes.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Protocol

from msgspec import Meta

from controller.settings import SettingsError
from devices.drivers.osdp.panel import Wire, control_panel, read_key, reader_settings, seed_random
from devices.needs import Needs
from devices.ports import DeviceError
from devices.wiring import Context, Options

TICK_S = 0.01
RETRY_S = 1.0
SILENT_S = 1.5
"""A reader, which is polled twenty times a second, is lost if it does not answer for this long."""
GRACE_S = 1.0
"""How long a reader may have problems before it counts as lost: a new handshake is faster."""
FIRST_S = 2.0
"""How much longer the first handshake may take."""
AGAIN_S, AGAIN_EACH_S = 1.0, 0.5
"""How long a handshake may take: a base, and more per reader, since they share a slow line."""
OFF_S = 0.2
"""How long a reader stays disabled."""
OSDP = Needs(modules=("osdp_sys", "serial"), extra="osdp")
_ASK_TAMPER = {"command": 9, "type": 2, "report": b""}
"""libosdp's command for the local status (osdp_LSTAT), with the tamper switch."""
_DARK = {
    "command": 2,
    "reader": 0,
    "led_number": 0,
    "temporary": False,
    "control_code": 1,
    "on_color": 0,
    "off_color": 0,
    "on_count": 1,
    "off_count": 0,
    "timer_count": 0,
}
"""The command that switches the LED off."""


class OsdpLine(Options, frozen=True, kw_only=True):
    """How a reader is connected: the options that a reader and its light share."""

    port: Annotated[
        str, Meta(pattern="^/.+", description="the RS-485 adapter's path, like /dev/ttyUSB0")
    ]
    address: Annotated[int, Meta(ge=0, le=126, description="its address, 0 to 126")] = 0
    baud: Annotated[
        Literal[9600, 19200, 38400, 57600, 115200, 230400],
        Meta(description="9600, 19200, 38400, 57600, 115200 or 230400"),
    ] = 9600


class Listener(Protocol):
    """The callbacks of a reader; they are called on the bus's thread."""

    def on_answering(self) -> None:
        """The reader answers in its secure channel."""

    def on_lost(self, why: str) -> None:
        """The reader does not answer; the bus keeps trying."""

    def on_event(self, event: Mapping[str, Any]) -> None:
        """Handle libosdp's event: a card, or the tamper switch."""


@dataclass
class ReaderState:
    """A reader on the line."""

    address: int
    key_file: str
    listener: Listener
    wire: Wire | None = None
    responded_s: float = 0.0
    """When it last answered, or when trying began."""
    tried_s: float = 0.0
    """When it was last disabled or enabled."""
    is_responding: bool = False
    is_disabled: bool = False


class OsdpBus:
    """The line, shared by its readers."""

    def __init__(self, port: str, baud: int) -> None:
        self.port, self.baud = port, baud
        self._members: dict[int, ReaderState] = {}
        self._shown: dict[int, Mapping[str, Any]] = {}
        self._lock = threading.Lock()
        self._panel: Any = None
        self._serving: list[ReaderState] = []
        self._changed = True
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"osdp {port}", daemon=True)
        self._thread.start()

    def join(self, address: int, key_file: str, listener: Listener) -> None:
        """Add a reader. Raises DeviceError if there is another one at that address."""
        with self._lock:
            if address in self._members:
                raise DeviceError(f"{self.port}: address {address} is another reader's already")
            self._members[address] = ReaderState(address, key_file, listener)
            self._changed = True

    def leave(self, address: int) -> None:
        """Remove a reader; its listener is not called any more."""
        with self._lock:
            self._members.pop(address, None)
            self._changed = True

    def command(self, address: int, command: Mapping[str, Any]) -> None:
        """Send a reader a command; dropped if the reader does not answer."""
        with self._lock:
            self._submit(address, command)

    def show(self, address: int, command: Mapping[str, Any] | None) -> None:
        """Set the permanent state of a reader's LED, also for when the reader comes back; None:
        off."""
        with self._lock:
            self._submit(address, command or _DARK)
            if command is None:
                self._shown.pop(address, None)
            else:
                self._shown[address] = command

    def _submit(self, address: int, command: Mapping[str, Any]) -> None:
        for index, member in enumerate(self._serving):
            if member.address == address and member.is_responding:
                self._panel.submit_command(index, dict(command))

    def close(self) -> None:
        """Close the line."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        import termios

        while not self._stopping.is_set():
            try:
                self._serve_until_lost()
            except (OSError, termios.error) as error:
                with self._lock:
                    self._drop_panel()
                    for member in self._members.values():
                        member.listener.on_lost(f"{self.port}: {error}")
                self._stopping.wait(RETRY_S)
        self._drop_panel()

    def _serve_until_lost(self) -> None:
        import serial

        with serial.Serial(self.port, self.baud, timeout=0, exclusive=True) as line:
            self._changed = True
            while not self._stopping.is_set():
                with self._lock:
                    if self._changed:
                        self._changed = False
                        self._make_panel(line.fileno())
                    self._turn(time.monotonic())
                self._stopping.wait(TICK_S)

    def _make_panel(self, fd: int) -> None:
        """Make a control panel (IEC 60839-11-5) for the readers whose keys can be read."""
        self._drop_panel()
        now_s = time.monotonic()
        readers = []
        for member in self._members.values():
            try:
                key = read_key(member.key_file)
            except SettingsError as error:
                member.listener.on_lost(str(error))
                self._changed = True  # try to read the key again
                continue
            member.wire = Wire(fd, member.address)
            member.responded_s, member.tried_s = now_s + FIRST_S, now_s
            member.is_responding = member.is_disabled = False
            self._serving.append(member)
            readers.append(reader_settings(member.address, key, member.wire))
        if readers:
            self._panel = control_panel(readers)
            self._panel.set_event_callback(self._on_event)

    def _drop_panel(self) -> None:
        self._panel = None
        self._serving = []

    def _turn(self, now_s: float) -> None:
        if self._panel is None:
            self._stopping.wait(TICK_S)
            return
        if not all(self._is_secure(index) for index in range(len(self._serving))):
            seed_random()
        self._panel.refresh()
        for index, member in enumerate(self._serving):
            self._check_reader(index, member, now_s)

    @property
    def _retry_s(self) -> float:
        return AGAIN_S + AGAIN_EACH_S * len(self._serving)

    def _is_secure(self, index: int) -> bool:
        return bool(self._panel.sc_status() >> index & 1)

    def _check_reader(self, index: int, member: ReaderState, now_s: float) -> None:
        """Check whether a reader answers; start again with one that does not."""
        wire = member.wire
        if wire is None:
            return
        if wire.error is not None:
            raise wire.error
        if member.is_disabled:
            if now_s - member.tried_s > OFF_S:
                member.is_disabled, member.tried_s = False, now_s
                self._panel.enable_pd(index)
        elif self._is_secure(index) and now_s - wire.heard_s < SILENT_S:
            if not member.is_responding:
                member.is_responding = True
                self._panel.submit_command(index, dict(_ASK_TAMPER))
                self._submit(member.address, self._shown.get(member.address, _DARK))
            member.responded_s = now_s
            member.listener.on_answering()
        else:
            member.is_responding = False
            if now_s - member.responded_s > GRACE_S:
                member.listener.on_lost(
                    f"{self.port}, address {member.address}: no answer in the secure channel"
                    " (not there, or with another key)"
                )
            if now_s - member.tried_s > self._retry_s and now_s - member.responded_s > OFF_S:
                member.is_disabled, member.tried_s = True, now_s
                self._panel.disable_pd(index)

    def _on_event(self, index: int, event: Mapping[str, Any]) -> int:
        self._serving[index].listener.on_event(event)
        return 0


def shared_line(options: OsdpLine, context: Context) -> OsdpBus:
    """Return the agent's line on that port. Raises DeviceError if it runs at another speed."""
    port, baud = options.port, options.baud
    bus = context.shared.get(("osdp", port), lambda: OsdpBus(port, baud))
    if bus.baud != baud:
        raise DeviceError(f"{context.device}: {port} runs at {bus.baud} baud already")
    return bus
