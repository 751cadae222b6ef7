"""What the agent asks of hardware: six ports, and the small values that cross them.

Rules for every driver: no method blocks longer than a few milliseconds (a slow device has a
thread of its own); what happens by itself is told through `Context.emit`, from any thread, which
only puts it on the agent's queue; `close()` leaves outputs off and may be called twice.
Times are `time.monotonic()` in seconds.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, runtime_checkable

from controller.domain.facts import Assurance, CardKind, Language
from controller.domain.ids import CredentialId
from controller.wire.card_keys import CardKeys


class DeviceError(Exception):
    """Hardware did not do what was asked: one line, what and where."""


class FaultKind(StrEnum):
    """The names under which a fault is shown and journalled."""

    READER_UNPLUGGED = "reader_unplugged"
    READER_TAMPERED = "reader_tampered"
    SWITCH_UNREACHABLE = "switch_unreachable"
    SWITCH_DROPPED = "switch_dropped"
    """The switch went off by itself, through its own time limit; it stays off until `on()`."""
    SWITCH_WELDED = "switch_welded"
    """The contactor stays closed though it was switched off."""
    STRIKE_UNREACHABLE = "strike_unreachable"
    INPUT_UNREACHABLE = "input_unreachable"
    METER_SILENT = "meter_silent"
    INDICATOR_UNREACHABLE = "indicator_unreachable"


@dataclass(frozen=True, slots=True)
class Fault:
    """A device is in trouble, until `FaultCleared` with the same device and kind."""

    device: str
    kind: FaultKind
    detail: str


@dataclass(frozen=True, slots=True)
class FaultCleared:
    """The trouble is over: the device came back by itself."""

    device: str
    kind: FaultKind


@dataclass(frozen=True, slots=True)
class CredentialRead:
    """A credential came to a reader. A card that rests there is read once."""

    device: str
    credential: CredentialId
    assurance: Assurance
    mono_s: float


@dataclass(frozen=True, slots=True)
class CredentialGone:
    """The credential left the reader; only readers with `senses_removal` mean it for slots."""

    device: str
    credential: CredentialId
    mono_s: float


@dataclass(frozen=True, slots=True)
class CardWritten:
    """What became of a `WriteOrder`: the kind of card that has its keys, or what was wrong."""

    device: str
    order: str
    kind: CardKind | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class FrameRejected:
    """A reader sent something malformed; no id was taken from it."""

    device: str
    detail: str
    count: int
    """How many since the reader was opened."""


@dataclass(frozen=True, slots=True)
class InputChanged:
    """A debounced input changed; `active` None: it cannot be read any more."""

    device: str
    active: bool | None
    mono_s: float


class JobState(StrEnum):
    """What the machine itself says of its job (OctoPrint, Moonraker)."""

    RUNNING = "running"
    IDLE = "idle"


@dataclass(frozen=True, slots=True)
class MeterReading:
    """What a meter says; all None: unknown, which counts as running."""

    watts: float | None = None
    amps: float | None = None
    job: JobState | None = None


@dataclass(frozen=True, slots=True)
class MeterSampled:
    """A new reading, sent at every change and at least every few seconds."""

    device: str
    reading: MeterReading
    mono_s: float


class SwitchState(StrEnum):
    ON = "on"
    OFF = "off"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SwitchReported:
    """A switch with a thread of its own read its output back."""

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


@dataclass(frozen=True, slots=True)
class ReaderCapabilities:
    """`senses_removal`: it knows when a card leaves, so that presence `slot` works."""

    senses_removal: bool


class Reader(Protocol):
    """Reads credentials; says CredentialRead, CredentialGone, FrameRejected and faults."""

    def close(self) -> None:
        """Stop reading and let go of the device."""


@dataclass(frozen=True, slots=True)
class CardSecret:
    """What an agent holds of one card."""

    kind: CardKind
    assurance: Assurance
    key: bytes = field(repr=False)


class Cards(Protocol):
    """What the agent knows of cards; called from readers' threads."""

    def secret(self, credential: CredentialId) -> CardSecret | None:
        """Of a card that can prove more than its number; None: it can't, or nobody has it."""

    def rises(self, credential: CredentialId, counter: int) -> bool:
        """Whether this counter is above all that were seen of the card, and is now kept."""


@dataclass(frozen=True, slots=True)
class WriteOrder:
    """Keys for one card, which lies on the reader or is about to."""

    id: str
    credential: CredentialId
    keys: CardKeys = field(repr=False)


@runtime_checkable
class CardWriter(Reader, Protocol):
    """A reader that can personalise cards; says CardWritten."""

    def write_card(self, order: WriteOrder | None) -> None:
        """Give that card its keys as soon as it is there; None: no more."""


@dataclass(frozen=True, slots=True)
class SwitchCapabilities:
    """What a switch does without the agent."""

    time_limit_s: float | None
    """It is off at most this long after the last `keep_alive()`; None: it has no limit."""
    latching: bool
    """It keeps its state when the agent dies or is opened again (`on_agent_loss = "hold"`)."""
    renew_s: float | None = None
    """How often the agent's loop must call `keep_alive()` while on; None: never."""
    wakes: bool = False
    """A renewal on its way while it restarts may switch it on for a moment."""

    @property
    def has_time_limit(self) -> bool:
        """Whether a dead or hung agent makes it drop."""
        return self.time_limit_s is not None


class PowerSwitch(Protocol):
    """Gates power. Opened means off, closed means off, unless it was opened with `take_up`."""

    @property
    def capabilities(self) -> SwitchCapabilities:
        """What it does without the agent."""

    @property
    def boot(self) -> str | None:
        """A mark that changes when the switch itself restarts; None: it cannot tell, or not yet."""

    def on(self) -> None:
        """Switch on. Raises DeviceError."""

    def off(self) -> None:
        """Switch off. Raises DeviceError."""

    def state(self) -> SwitchState:
        """What the output is, read back where the hardware allows, else as last reported."""

    def keep_alive(self) -> None:
        """Renew the time limit. Called by the agent's loop itself, so that a hung loop drops it."""

    def close(self) -> None:
        """Switch off and let go."""


class FailMode(StrEnum):
    """What the door does without power."""

    FAIL_SAFE = "fail_safe"
    """Released without power (à rupture)."""
    FAIL_SECURE = "fail_secure"
    """Locked without power (à émission)."""


class Strike(Protocol):
    """Locks a door. Opened and closed mean no current: a `fail_safe` strike is then released,
    and locks at the first `lock()`, so that latches can be read before any output moves.
    """

    @property
    def fail_mode(self) -> FailMode:
        """What it does without power."""

    def release(self, for_s: float | None = None) -> None:
        """Release, and lock again by itself after `for_s`; None: until `lock()`."""

    def lock(self) -> None:
        """Lock now."""

    def released(self) -> bool:
        """Whether the door can be pulled open now."""

    def close(self) -> None:
        """Take its current away and let go."""


class Input(Protocol):
    """A debounced contact; says InputChanged."""

    def active(self) -> bool | None:
        """Whether it is active now, debounced; None: unknown."""

    def close(self) -> None:
        """Stop watching and let go."""


class Meter(Protocol):
    """Says MeterSampled."""

    def reading(self) -> MeterReading:
        """The last reading; unknown when it is too old."""

    def close(self) -> None:
        """Stop and let go."""


class Look(StrEnum):
    """What an access point shows of itself; what it looks like is the indicator's business."""

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
    """What is shown for a moment over the look, which then comes back unchanged."""

    GRANTED = "granted"
    DENIED = "denied"
    NOTED = "noted"
    """A badge read to enrol it, a supervision window opened, a certification given."""
    IDENTIFY = "identify"


@dataclass(frozen=True, slots=True)
class Message:
    """Text for a display or a voice, already in the reader's language."""

    title: str
    lines: tuple[str, ...] = ()
    language: Language = Language.FR
    speak: bool = False
    left_s: float | None = None
    """Seconds left of what the title says, for a bar or a countdown."""
    of_s: float | None = None
    """Of how many seconds: the length of a full bar."""
    name: str = ""
    """The access point's name, as people call it."""


class Indicator(Protocol):
    """Shows people what is going on: light, sound, text, voice."""

    def show(self, look: Look, message: Message | None = None) -> None:
        """Show this until the next `show`."""

    def flash(self, flash: Flash, message: Message | None = None) -> None:
        """Show this for a moment, then what was shown before."""

    def close(self) -> None:
        """Go dark and silent, and let go."""
