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
    InputTold,
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
_ROUND = 1 << 32

BridgeEvent = InputTold | WiegandEvent | FaultEvent


class ExchangeListener(Protocol):
    """The interface of whoever handles what the microcontroller reports."""

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

    def told(self, told: BridgeEvent, at_s: float) -> None:
        """The microcontroller reported an event of its own accord."""


@dataclass(slots=True)
class _PendingCommand:
    """The command that waits for an answer; each repetition has its own sequence number."""

    order: Command
    seqs: list[int] = field(default_factory=list)
    until_s: float = 0.0


class Exchange:
    """Sends one command at a time, repeats it until it is answered, and handles received frames.

    `orders` returns the next command to send, None if there is none.
    """

    def __init__(
        self, orders: Callable[[float], Command | None], hear: ExchangeListener, now_s: float
    ) -> None:
        self._orders, self._hear = orders, hear
        self._decoder = Decoder()
        self._nonce: int | None = None
        self._known_nonce: int | None = None
        self._seq = 0
        self._event_seq: int | None = None
        self._asked: _PendingCommand | None = None
        self._prefix = DELIMITER
        self._silence = Silence(now_s)
        self._is_down = False
        self.bad_frames = 0

    def next(self, now_s: float) -> bytes | None:
        """Return the bytes to send now; None: nothing yet. Call it after `take`."""
        if self._asked is not None and now_s < self._asked.until_s:
            return None
        if self._asked is not None:
            self._prefix = DELIMITER
            self._check_silence(now_s)
        order = Command(Type.HELLO) if self._nonce is None else self._orders(now_s)
        if order is None:
            self._asked = None
            return None
        return self._ask(order, now_s)

    def deadline(self) -> float | None:
        """Return when the awaited answer is overdue; None: none is awaited."""
        return None if self._asked is None else self._asked.until_s

    def take(self, data: bytes, at_s: float) -> None:
        """Handle received bytes."""
        for frame in self._decoder.feed(data):
            if isinstance(frame, BadFrame):
                self.bad_frames += 1
            else:
                self._take(frame, at_s)

    def _ask(self, order: Command, now_s: float) -> bytes:
        asked = self._asked
        if asked is None or (asked.order.type, asked.order.relay) != (order.type, order.relay):
            asked = self._asked = _PendingCommand(order)
        else:
            asked.order = order
        hello = order.type is Type.HELLO
        seq = secrets.randbits(32) if hello else (self._seq + 1) % _ROUND
        if not hello:
            self._seq = seq
        asked.seqs.append(seq)
        asked.until_s = now_s + ANSWER_S
        prefix, self._prefix = self._prefix, b""
        nonce = 0 if self._nonce is None else self._nonce
        return prefix + encode(Frame(order.type, seq, nonce, order.body))

    def _check_silence(self, now_s: float) -> None:
        silent_s = self._silence.too_long_s(now_s)
        if silent_s is not None and not self._is_down:
            self._over(f"no answer for {silent_s:.1f} s")

    def _over(self, why: str) -> None:
        self._is_down = True
        self._nonce = self._known_nonce = None
        self._hear.down(why)

    def _take(self, frame: Frame, at_s: float) -> None:
        try:
            message = parse(frame)
        except MalformedMessage as error:
            if not self._is_down:
                self._over(f"another protocol: {error}; flash the firmware of this version")
            return
        if isinstance(message, Hello):
            self._take_hello(message, frame, at_s)
        elif self._nonce is None:
            return
        elif frame.nonce != self._nonce:
            self._greet_again()
        else:
            self._silence.heard(at_s)
            self._take_message(message, frame, at_s)

    def _greet_again(self) -> None:
        """Start a new session, as a frame of another one came: the microcontroller may have been
        reset."""
        self._nonce = self._asked = None

    def _take_hello(self, hello: Hello, frame: Frame, at_s: float) -> None:
        if frame.type == Type.BOOT:
            if self._nonce not in (None, frame.nonce):
                self._greet_again()
            return
        asked = self._asked
        if asked is None or asked.order.type is not Type.HELLO or frame.seq not in asked.seqs:
            return
        self._asked = None
        self._silence.heard(at_s)
        self._is_down = False
        before, self._nonce = self._known_nonce, frame.nonce
        self._known_nonce = frame.nonce
        self._seq = hello.last_seq
        if before == frame.nonce:
            return
        self._event_seq = None
        tell = self._hear.up if before is None else self._hear.restarted
        tell(hello, frame.nonce)

    def _take_message(
        self, message: Status | Report | Nak | BridgeEvent, frame: Frame, at_s: float
    ) -> None:
        if isinstance(message, InputTold | WiegandEvent | FaultEvent):
            if self._is_news(frame.seq):
                self._hear.told(message, at_s)
            return
        asked = self._asked
        if asked is None or frame.seq not in asked.seqs:
            return
        if isinstance(message, Nak):
            self._take_refusal(message, asked)
            return
        self._asked = None
        if asked.order.relay is not None:
            asked.order.relay.answered(asked.order)
        if isinstance(message, Report):
            self._hear.status(message.status, at_s)
            self._hear.report(message, at_s)
        else:
            self._hear.status(message, at_s)

    def _take_refusal(self, nak: Nak, asked: _PendingCommand) -> None:
        self._asked = None
        if nak.reason is Reason.NONCE:
            self._greet_again()
        elif nak.reason is Reason.SEQ:
            self._seq = nak.last_seq
        elif nak.reason in (Reason.VERSION, Reason.TYPE, Reason.LENGTH):
            self._over(f"another protocol: {nak.reason.name.lower()} refused; flash the firmware")
        elif asked.order.relay is not None:
            asked.order.relay.refused(asked.order, nak.reason)

    def _is_news(self, seq: int) -> bool:
        """Return whether an event is new; a repeated one is reported only once."""
        last = self._event_seq
        if last is not None and not 0 < (seq - last) % _ROUND < _ROUND // 2:
            return False
        self._event_seq = seq
        return True
