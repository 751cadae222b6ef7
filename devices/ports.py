"""The six ports through which the agent uses hardware, and the values that they exchange.

Rules for every driver: no method blocks longer than a few milliseconds (a slow device gets a thread
of its own); whatever happens by itself is reported through `Context.emit`, which any thread may
call, since it only queues the event; `close()` leaves outputs off and may be called twice. Times
are `time.monotonic()` in seconds.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, runtime_checkable

from controller.domain.facts import Assurance, CardKind, Language
from controller.domain.ids import CredentialId
from controller.wire.card_keys import CardKeys


class DeviceError(Exception):
    """Raised if hardware did not do what was asked: one line, with what and where."""


class FaultKind(StrEnum):
    """Faults, by the names under which they are shown and journalled."""

    READER_UNPLUGGED = "reader_unplugged"
    READER_TAMPERED = "reader_tampered"
    SWITCH_UNREACHABLE = "switch_unreachable"
    SWITCH_DROPPED = "switch_dropped"
    """The switch went off by its own time limit; it stays off until `on()`."""
    SWITCH_WELDED = "switch_welded"
    """The contactor stays closed although it was switched off."""
    STRIKE_UNREACHABLE = "strike_unreachable"
    INPUT_UNREACHABLE = "input_unreachable"
    METER_SILENT = "meter_silent"
    INDICATOR_UNREACHABLE = "indicator_unreachable"


@dataclass(frozen=True, slots=True)
class Fault:
    """A device has a fault, until a `FaultCleared` with the same device and kind."""

    device: str
    kind: FaultKind
    detail: str


@dataclass(frozen=True, slots=True)
class FaultCleared:
    """The fault is over: the device came back by itself."""

    device: str
    kind: FaultKind


@dataclass(frozen=True, slots=True)
class CredentialRead:
    """A credential was presented to a reader. A card that rests there is read once."""

    device: str
    credential: CredentialId
    assurance: Assurance
    mono_s: float


@dataclass(frozen=True, slots=True)
class CredentialGone:
    """The credential left the reader; only used for slots if the reader has `senses_removal`."""

    device: str
    credential: CredentialId
    mono_s: float


@dataclass(frozen=True, slots=True)
class CardWritten:
    """The result of a `WriteOrder`: the kind of card that got its keys, or a problem."""

    device: str
    order: str
    kind: CardKind | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class FrameRejected:
    """A reader has sent something malformed, from which no id was taken."""

    device: str
    detail: str
    count: int
    """How many since the reader was opened."""


@dataclass(frozen=True, slots=True)
class InputChanged:
    """A debounced input changed; `active` None: it can't be read any more."""

    device: str
    active: bool | None
    mono_s: float


class JobState(StrEnum):
    """The machine's job, as a print server reports it (OctoPrint, Moonraker)."""

    RUNNING = "running"
    IDLE = "idle"


@dataclass(frozen=True, slots=True)
class MeterReading:
    """What a meter measures; all None: unknown, which counts as running."""

    watts: float | None = None
    amps: float | None = None
    job: JobState | None = None


@dataclass(frozen=True, slots=True)
class MeterSampled:
    """A new reading; sent at every change, and at least every few seconds."""

    device: str
    reading: MeterReading
    mono_s: float


class SwitchState(StrEnum):
    ON = "on"
    OFF = "off"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SwitchReported:
    """A switch with a thread of its own has read its output back."""

    device: str
    state: SwitchState
    mono_s: float


DeviceEvent = (
    Fault
    | FaultCleared
    | CredentialRead
    | CredentialGone
    | CardWritten
    | FrameRejected
    | InputChanged
    | MeterSampled
    | SwitchReported
)
"""What drivers report."""


@dataclass(frozen=True, slots=True)
class ReaderCapabilities:
    """What a reader can do.

    `senses_removal`: it notices when a card leaves, so that presence mode `slot` works.
    """

    senses_removal: bool


class Reader(Protocol):
    """Reads credentials; reports CredentialRead, CredentialGone, FrameRejected and faults."""

    def close(self) -> None:
        """Stop reading and close the device."""


@dataclass(frozen=True, slots=True)
class CardSecret:
    """The key and kind of one card, for its proof."""

    kind: CardKind
    assurance: Assurance
    key: bytes = field(repr=False)


class Cards(Protocol):
    """The cards' keys and counters; readers' threads call this."""

    def secret(self, credential: CredentialId) -> CardSecret | None:
        """Return the key of a card that can prove itself; None: it can't, or its key is unknown."""

    def rises(self, credential: CredentialId, counter: int) -> bool:
        """Return whether this counter is higher than all earlier ones of the card, and store it."""


@dataclass(frozen=True, slots=True)
class WriteOrder:
    """Keys for one card that is on the reader or will be."""

    id: str
    credential: CredentialId
    keys: CardKeys = field(repr=False)


@runtime_checkable
class CardWriter(Reader, Protocol):
    """A reader that can write keys to cards; reports CardWritten."""

    def write_card(self, order: WriteOrder | None) -> None:
        """Write the keys as soon as that card is on the reader; None: cancel."""


@dataclass(frozen=True, slots=True)
class SwitchCapabilities:
    """What a switch does without the agent."""

    time_limit_s: float | None
    """It is off at most this long after the last `keep_alive()`; None: it has no time limit."""
    latching: bool
    """It keeps its state when the agent dies or opens it again (`on_agent_loss = "hold"`)."""
    renew_s: float | None = None
    """How often the agent's loop must call `keep_alive()` while on; None: never."""
    wakes: bool = False
    """A renewal that arrives while it restarts may switch it on for a moment."""

    @property
    def has_time_limit(self) -> bool:
        """Whether it goes off if the agent dies or hangs."""
        return self.time_limit_s is not None


class PowerSwitch(Protocol):
    """Switches power. After opening and closing it is off, unless it was opened with `take_up`."""

    @property
    def capabilities(self) -> SwitchCapabilities:
        """What it does without the agent."""

    @property
    def boot(self) -> str | None:
        """A mark that changes when the switch restarts; None: it has none, or has not sent it
        yet."""

    def on(self) -> None:
        """Switch on. Raises DeviceError."""

    def off(self) -> None:
        """Switch off. Raises DeviceError."""

    def state(self) -> SwitchState:
        """Return the output's state: read back if possible, else as last reported."""

    def keep_alive(self) -> None:
        """Renew the time limit.

        Only the agent's loop calls this, so that the switch goes off if the loop is stalled.
        """

    def close(self) -> None:
        """Switch off and close."""


class FailMode(StrEnum):
    """What the door does without power."""

    FAIL_SAFE = "fail_safe"
    """Released without power (à rupture)."""
    FAIL_SECURE = "fail_secure"
    """Locked without power (à émission)."""


class Strike(Protocol):
    """Locks a door. After opening and closing, the strike has no current.

    A `fail_safe` strike is released then, and locks at the first `lock()`, so that latches can be
    read before any output moves.
    """

    @property
    def fail_mode(self) -> FailMode:
        """What it does without power."""

    def release(self, for_s: float | None = None) -> None:
        """Release, and lock again by itself after `for_s` seconds; None: at `lock()`."""

    def lock(self) -> None:
        """Lock now."""

    def released(self) -> bool:
        """Return whether the door can be opened now."""

    def close(self) -> None:
        """Switch its current off and close."""


class Input(Protocol):
    """A debounced contact; reports InputChanged."""

    def active(self) -> bool | None:
        """Return whether it is active now, debounced; None: unknown."""

    def close(self) -> None:
        """Stop watching and close."""


class Meter(Protocol):
    """Measures a machine; reports MeterSampled."""

    def reading(self) -> MeterReading:
        """Return the last reading; unknown if it is too old."""

    def close(self) -> None:
        """Stop and close."""


class Look(StrEnum):
    """What an access point shows; each indicator decides how."""

    FREE = "free"
    ARMED = "armed"
    RUNNING = "running"
    IDLE_WARNING = "idle_warning"
    COOLING = "cooling"
    OUT_OF_SERVICE = "out_of_service"
    FAULT = "fault"
    RELEASED = "released"
    """A door that can be opened now."""
    STARTING = "starting"


class Flash(StrEnum):
    """Something that is shown for a moment; then the look is shown again."""

    GRANTED = "granted"
    DENIED = "denied"
    NOTED = "noted"
    """A badge was read for registration, a supervision window opened, a certification given."""
    IDENTIFY = "identify"


@dataclass(frozen=True, slots=True)
class Message:
    """Text for a display or speech, already in the language of the person who reads it."""

    title: str
    lines: tuple[str, ...] = ()
    language: Language = Language.FR
    speak: bool = False
    left_s: float | None = None
    """Seconds left, for a bar or a countdown after the title."""
    of_s: float | None = None
    """The seconds of a full bar."""
    name: str = ""
    """The access point's name, as people call it."""


class Indicator(Protocol):
    """Shows people the state: by light, sound, text or speech."""

    def show(self, look: Look, message: Message | None = None) -> None:
        """Show this until the next `show`."""

    def flash(self, flash: Flash, message: Message | None = None) -> None:
        """Show this for a moment, then what was shown before."""

    def close(self) -> None:
        """Switch everything off and close."""
