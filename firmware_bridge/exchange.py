"""The dialogue with a microcontroller: sessions, sequence numbers, one command at a time, repeats.

It does no input or output itself. Times are `time.monotonic()` in seconds.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from firmware_bridge.codes import Reason, Type
from firmware_bridge.frames import DELIMITER, BadFrame, Decoder, Frame, encode
from firmware_bridge.messages import (
    FaultEvent,
    Hello,
    InputEvent,
    MalformedMessage,
    Nak,
    Report,
    Status,
    WiegandEvent,
    parse,
)
from firmware_bridge.relay import Command
from firmware_bridge.silence import Silence

ANSWER_S = 0.05
"""After how long an unanswered frame is sent again (protocol.h). A late answer still counts."""
_SEQ_RANGE = 1 << 32

BridgeEvent = InputEvent | WiegandEvent | FaultEvent


class ExchangeListener(Protocol):
    """Handles what the microcontroller reports."""

    def up(self, hello: Hello, nonce: int) -> None:
        """A session began; `nonce` identifies it."""

    def restarted(self, hello: Hello, nonce: int) -> None:
        """The microcontroller was reset, and a new session began."""

    def down(self, why: str) -> None:
        """The microcontroller no longer answers, for this reason."""

    def status(self, status: Status, at_s: float) -> None:
        """The microcontroller reported its outputs and inputs."""

    def report(self, report: Report, at_s: float) -> None:
        """The microcontroller reported all its values."""

    def event(self, event: BridgeEvent, at_s: float) -> None:
        """The microcontroller reported an event without being asked."""


@dataclass(slots=True)
class _PendingCommand:
    """The command that waits for an answer; each repetition has its own sequence number."""

    command: Command
    seqs: list[int] = field(default_factory=list)
    resend_at_s: float = 0.0


class Exchange:
    """Sends one command at a time, repeats it until it is answered, and handles received frames.

    `next_command` returns the next command to send, None if there is none.
    """

    def __init__(
        self,
        next_command: Callable[[float], Command | None],
        listener: ExchangeListener,
        now_s: float,
    ) -> None:
        self._next_command, self._listener = next_command, listener
        self._decoder = Decoder()
        self._nonce: int | None = None
        """Of the present session; None: HELLO has to be sent first."""
        self._known_nonce: int | None = None
        """Of the session of which the listener knows; None: it knows of none, or it is down."""
        self._seq = 0
        self._event_seq: int | None = None
        self._pending: _PendingCommand | None = None
        self._prefix = DELIMITER
        """Sent before the next frame: ends what may have arrived incompletely."""
        self._silence = Silence(now_s)
        self._is_down = False
        self.bad_frames = 0

    def next(self, now_s: float) -> bytes | None:
        """Return the bytes to send now; None: nothing yet. Call it after `take`."""
        if self._pending is not None and now_s < self._pending.resend_at_s:
            return None
        if self._pending is not None:
            self._prefix = DELIMITER
            self._check_silence(now_s)
        command = Command(Type.HELLO) if self._nonce is None else self._next_command(now_s)
        if command is None:
            self._pending = None
            return None
        return self._ask(command, now_s)

    def deadline(self) -> float | None:
        """Return when the awaited answer is overdue; None: none is awaited."""
        return None if self._pending is None else self._pending.resend_at_s

    def take(self, data: bytes, at_s: float) -> None:
        """Handle received bytes."""
        for frame in self._decoder.feed(data):
            if isinstance(frame, BadFrame):
                self.bad_frames += 1
            else:
                self._take(frame, at_s)

    def _ask(self, command: Command, now_s: float) -> bytes:
        pending = self._pending
        if pending is None or (pending.command.type, pending.command.relay) != (
            command.type,
            command.relay,
        ):
            pending = self._pending = _PendingCommand(command)
        else:
            pending.command = command
        hello = command.type is Type.HELLO
        seq = secrets.randbits(32) if hello else (self._seq + 1) % _SEQ_RANGE
        if not hello:
            self._seq = seq
        pending.seqs.append(seq)
        pending.resend_at_s = now_s + ANSWER_S
        prefix, self._prefix = self._prefix, b""
        nonce = 0 if self._nonce is None else self._nonce
        return prefix + encode(Frame(command.type, seq, nonce, command.body))

    def _check_silence(self, now_s: float) -> None:
        silent_s = self._silence.too_long_s(now_s)
        if silent_s is not None and not self._is_down:
            self._fail(f"no answer for {silent_s:.1f} s")

    def _fail(self, why: str) -> None:
        self._is_down = True
        self._nonce = self._known_nonce = None
        self._listener.down(why)

    def _take(self, frame: Frame, at_s: float) -> None:
        try:
            message = parse(frame)
        except MalformedMessage as error:
            if not self._is_down:
                self._fail(f"another protocol: {error}; flash the firmware of this version")
            return
        if isinstance(message, Hello):
            self._take_hello(message, frame, at_s)
        elif self._nonce is None:
            return
        elif frame.nonce != self._nonce:
            self._restart_session()
        else:
            self._silence.note_message(at_s)
            self._take_message(message, frame, at_s)

    def _restart_session(self) -> None:
        """Start a new session: a frame of another session shows a possible reset."""
        self._nonce = self._pending = None

    def _take_hello(self, hello: Hello, frame: Frame, at_s: float) -> None:
        if frame.type == Type.BOOT:
            if self._nonce not in (None, frame.nonce):
                self._restart_session()
            return
        pending = self._pending
        if (
            pending is None
            or pending.command.type is not Type.HELLO
            or frame.seq not in pending.seqs
        ):
            return
        self._pending = None
        self._silence.note_message(at_s)
        self._is_down = False
        before, self._nonce = self._known_nonce, frame.nonce
        self._known_nonce = frame.nonce
        self._seq = hello.last_seq
        if before == frame.nonce:
            return
        self._event_seq = None
        notify = self._listener.up if before is None else self._listener.restarted
        notify(hello, frame.nonce)

    def _take_message(
        self, message: Status | Report | Nak | BridgeEvent, frame: Frame, at_s: float
    ) -> None:
        if isinstance(message, InputEvent | WiegandEvent | FaultEvent):
            if self._is_new_event(frame.seq):
                self._listener.event(message, at_s)
            return
        pending = self._pending
        if pending is None or frame.seq not in pending.seqs:
            return
        if isinstance(message, Nak):
            self._take_refusal(message, pending)
            return
        self._pending = None
        if pending.command.relay is not None:
            pending.command.relay.answered(pending.command)
        if isinstance(message, Report):
            self._listener.status(message.status, at_s)
            self._listener.report(message, at_s)
        else:
            self._listener.status(message, at_s)

    def _take_refusal(self, nak: Nak, pending: _PendingCommand) -> None:
        self._pending = None
        if nak.reason is Reason.NONCE:
            self._restart_session()
        elif nak.reason is Reason.SEQ:
            self._seq = nak.last_seq
        elif nak.reason in (Reason.VERSION, Reason.TYPE, Reason.LENGTH):
            self._fail(f"another protocol: {nak.reason.name.lower()} refused; flash the firmware")
        elif pending.command.relay is not None:
            pending.command.relay.refused(pending.command, nak.reason)

    def _is_new_event(self, seq: int) -> bool:
        """Return whether an event is new; a repeated one is reported only once."""
        last = self._event_seq
        if last is not None and not 0 < (seq - last) % _SEQ_RANGE < _SEQ_RANGE // 2:
            return False
        self._event_seq = seq
        return True
