"""The link to one microcontroller: a thread that owns the serial port and reconnects."""

import logging
import select
import socket
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from queue import Empty, SimpleQueue
from typing import Protocol

from firmware_bridge.channel import Channel
from firmware_bridge.codes import ESTOP_INPUT, Flag, Type
from firmware_bridge.exchange import BridgeEvent, Exchange
from firmware_bridge.messages import Hello, Report, Status
from firmware_bridge.relay import Command, Relay, restart_reason

log = logging.getLogger(__name__)

RETRY_INTERVAL_S = 0.5
"""Pause before the port is opened again."""
READ_INTERVAL_S = 0.2
"""How often all values are read: the length of the firmware's RMS window."""
CLOSING_S = 0.5
"""How long a relay that is removed may take to open. Without renewals it opens in any case."""


_URGENCY = (Type.OFF, Type.RENEW, Type.SET)
"""The order of commands: switching off first, then renewals, then switching on."""


class Device(Protocol):
    """A device that is wired to the microcontroller.

    Its methods are called on the link's thread.
    """

    def up(self, hello: Hello) -> None:
        """The microcontroller answers; forget every earlier state."""

    def restarted(self, hello: Hello) -> None:
        """The microcontroller was reset: its relays are open, its counters at zero."""

    def down(self, why: str) -> None:
        """The microcontroller does not answer, or its port is gone."""

    def status(self, status: Status, at_s: float) -> None:
        """The microcontroller reported its outputs and inputs."""

    def report(self, report: Report, at_s: float) -> None:
        """The microcontroller reported all its values."""

    def event(self, event: BridgeEvent, at_s: float) -> None:
        """An input changed, a reader sent bits, or a fault occurred."""


class Link:
    """The connection that all devices of a serial port share.

    It never renews a relay by itself: renewals come from the agent through `Relay.renew`, so that
    relays open when the agent hangs.
    """

    def __init__(self, port: str) -> None:
        """Start the thread. `port` is a path, or `usb:` and a serial number.

        If the port is missing, the devices learn that the link is down, and it is tried again.
        """
        self.port = port
        self.created_s = time.monotonic()
        """The monotonic time at which the link was created; its port may open later."""
        self.nonce: int | None = None
        """Identifies the session, new at each reset; None: no session."""
        self.why_down: str | None = None
        """Why the link is down; None: the microcontroller answers, or the first try is not over."""
        self._devices: list[Device] = []
        self._relays: list[Relay] = []
        self._removed: list[tuple[Relay, threading.Event, float]] = []
        """Relays of removed devices: the event to set once one is open, and until when to wait."""
        self._points: dict[int, str] = {}
        """The access point of each relay, by the relay's number."""
        self._estops: dict[int, str] = {}
        """The access points that watch the E-stop, by the `id` of the watching device."""
        self._work: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._wake, self._woken = socket.socketpair()
        self._woken.setblocking(False)
        self._stopping = threading.Event()
        self._hello: Hello | None = None
        self._flags = Flag(0)
        self._read_at_s = 0.0
        self._thread = threading.Thread(target=self._run, name=f"bridge {port}", daemon=True)
        self._thread.start()

    def add(
        self, device: Device, relay: Relay | None = None, input: int | None = None, point: str = ""
    ) -> None:
        """Register a device and its relay; any thread may call it.

        `point` is the access point that the device belongs to. Raises ValueError if another device
        has that relay already.
        """
        if relay is not None:
            if any(other.number == relay.number for other in self._relays):
                raise ValueError(f"relay {relay.number} of {self.port} is in use already")
            self._relays.append(relay)
            self._points[relay.number] = point
        if input == ESTOP_INPUT:
            self._estops[id(device)] = point
        self.do(lambda: self._add_device(device))

    def remove(self, device: Device, relay: Relay | None = None) -> None:
        """Remove a device; wait until its relay is reported open, at most twice `CLOSING_S`."""
        if not self._thread.is_alive():
            return
        is_removed = threading.Event()
        self.do(lambda: self._remove(device, relay, is_removed, time.monotonic() + CLOSING_S))
        is_removed.wait(2 * CLOSING_S)

    def do(self, work: Callable[[], None]) -> None:
        """Queue work for the link's thread."""
        self._work.put(work)
        with suppress(OSError):
            self._wake.send(b"x")

    def close(self) -> None:
        """End the thread and close the port. Remove the devices first."""
        if not self._stopping.is_set():
            self._stopping.set()
            self.do(lambda: None)
            self._thread.join()
            self._wake.close()
            self._woken.close()

    # What `Exchange` calls.

    def up(self, hello: Hello, nonce: int) -> None:
        self._begin_session(hello, nonce)
        for device in self._devices:
            device.up(hello)

    def restarted(self, hello: Hello, nonce: int) -> None:
        log.warning("%s: %s", self.port, restart_reason(hello))
        self._begin_session(hello, nonce)
        for device in self._devices:
            device.restarted(hello)

    def down(self, why: str) -> None:
        self.nonce = self._hello = None
        self.why_down = why
        for device in self._devices:
            device.down(why)

    def status(self, status: Status, at_s: float) -> None:
        self._flags = status.flags
        for device in self._devices:
            device.status(status, at_s)

    def report(self, report: Report, at_s: float) -> None:
        for device in self._devices:
            device.report(report, at_s)

    def event(self, event: BridgeEvent, at_s: float) -> None:
        """See ExchangeListener. All values are read next, since relays may have changed."""
        self._read_at_s = at_s
        for device in self._devices:
            device.event(event, at_s)

    # What runs on the link's thread.

    def _run(self) -> None:
        why = ""
        while not self._stopping.is_set():
            try:
                if why:
                    self._fail(why)
                why = self._serve_until_lost()
            except Exception:
                log.exception("the link to %s failed", self.port)
                why = f"{self.port}: the link failed; see the agent's log"
                self._stopping.wait(RETRY_INTERVAL_S)

    def _serve_until_lost(self) -> str:
        """Serve the port until it is lost; return why, or an empty string when closing."""
        try:
            with closing(Channel(self.port)) as channel:
                self._serve(channel)
        except OSError as error:
            return f"{self.port}: {error}"
        return ""

    def _fail(self, why: str) -> None:
        """Report the failure once, then wait before the next try, doing queued work meanwhile."""
        if self.why_down != why:
            self.down(why)
        end_s = time.monotonic() + RETRY_INTERVAL_S
        while not self._stopping.is_set() and (left_s := end_s - time.monotonic()) > 0:
            self._wait((self._woken.fileno(),), left_s)
            self._forget_removed(time.monotonic())

    def _serve(self, channel: Channel) -> None:
        exchange = Exchange(self._next_command, self, time.monotonic())
        fds = (channel.fileno(), self._woken.fileno())
        timeout_s = 0.0
        while not self._stopping.is_set():
            if channel.fileno() in self._wait(fds, timeout_s):
                exchange.take(channel.read(), time.monotonic())
            now_s = time.monotonic()
            self._forget_removed(now_s)
            if data := exchange.next(now_s):
                channel.write(data)
            answer_deadline_s = exchange.deadline()
            due_s = self._read_at_s if answer_deadline_s is None else answer_deadline_s
            timeout_s = max(0.0, due_s - now_s)

    def _wait(self, fds: tuple[int, ...], timeout_s: float) -> list[int]:
        """Wait for bytes or queued work, do the work, and return the ready descriptors."""
        ready, _, _ = select.select(fds, (), (), timeout_s)
        if self._woken.fileno() in ready:
            self._woken.recv(4096)
            with suppress(Empty):
                while True:
                    self._work.get_nowait()()
        return list(ready)

    def _next_command(self, now_s: float) -> Command | None:
        """Return the most urgent command: open relays first, then close, then read."""
        commands = [command for relay in self._relays if (command := relay.next(now_s))]
        if commands:
            first = min(commands, key=lambda command: _URGENCY.index(command.type))
            return self._unlatched(first)
        if now_s >= self._read_at_s:
            self._read_at_s = now_s + READ_INTERVAL_S
            return Command(Type.READ)
        return None

    def _unlatched(self, command: Command) -> Command:
        """Return the command, or one that ends the E-stop's latch before a relay is switched on.

        The E-stop must have been released. The agent lets somebody use a machine again only after
        a reset on the spot, so this is done only for a relay whose own access point watches that
        E-stop.
        """
        latched_only = self._flags & (Flag.ESTOP_PRESSED | Flag.ESTOP_LATCHED) == Flag.ESTOP_LATCHED
        if command.type is not Type.SET or command.relay is None or not latched_only:
            return command
        if self._points[command.relay.number] in self._estops.values():
            return Command(Type.RESET_ESTOP, relay=command.relay)
        return command

    def _begin_session(self, hello: Hello, nonce: int) -> None:
        self._hello, self._flags, self.nonce, self.why_down = hello, hello.flags, nonce, None
        self._read_at_s = 0.0

    def _add_device(self, device: Device) -> None:
        self._devices.append(device)
        if self._hello is not None:
            self._read_at_s = 0.0
            device.up(self._hello)
        elif self.why_down is not None:
            device.down(self.why_down)

    def _remove(
        self, device: Device, relay: Relay | None, done: threading.Event, until_s: float
    ) -> None:
        self._devices.remove(device)
        self._estops.pop(id(device), None)
        if relay is None:
            done.set()
        else:
            relay.turn_off()
            self._removed.append((relay, done, until_s))

    def _forget_removed(self, now_s: float) -> None:
        """Forget the relays of removed devices once they are open."""
        for removed in self._removed[:]:
            relay, done, until_s = removed
            if relay.is_settled or self.why_down is not None or now_s >= until_s:
                self._removed.remove(removed)
                self._relays.remove(relay)
                done.set()
