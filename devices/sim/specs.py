"""The devices of a simulated bench as data: machines, doors, contacts and readers."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

Pin = Annotated[int, Meta(ge=0, le=27)]
Board = Annotated[str, Meta(min_length=1, max_length=63)]
Name = Annotated[str, Meta(min_length=1, max_length=127)]


class Spec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Fields that all devices of a bench have."""

    name: Name


class MachineSpec(Spec, frozen=True, kw_only=True):
    """A contactor with a machine behind it, and a meter on the machine's line."""

    board: Board
    pin: Pin
    drive: Literal["level", "pump"] = "level"
    """`pump`: the contactor follows a charge pump (or retriggerable timer), kept up by edges of
    the pin to its active level; a pin that goes off never triggers it.
    """
    hold_ms: Annotated[float, Meta(gt=0, le=1000)] = 200.0
    """How long the charge pump's output stays high after the last such edge."""
    active_high: bool = True
    feedback_pin: Pin | None = None
    """Pin of the auxiliary contact, which is pulled low while the contactor is closed."""
    standby_w: Annotated[float, Meta(ge=0)] = 5.0
    job_w: Annotated[float, Meta(ge=0)] = 100.0


class DoorSpec(Spec, frozen=True, kw_only=True):
    """A strike and a door contact."""

    board: Board
    pin: Pin
    fail: Literal["fail_safe", "fail_secure"] = "fail_secure"
    active_high: bool = True
    contact_pin: Pin | None = None
    """Pin that is driven high while the door is open, low while it is closed."""
    swing_s: Annotated[float, Meta(gt=0)] = 2.0
    """How long the door stays open when somebody walks through."""


class ContactSpec(Spec, frozen=True, kw_only=True):
    """A push-button, an E-stop or an interlock: a named input pin and its level at rest."""

    board: Board
    pin: Pin
    rest: Literal[0, 1] = 1


class ReaderSpec(Spec, frozen=True, kw_only=True):
    """A badge reader on a pseudo-terminal at `link`, or (`rc522`) on a board's SPI bus."""

    link: str = ""
    model: Literal["rdm6300", "id12", "pn532", "rc522"] = "rdm6300"
    board: Annotated[str, Meta(max_length=63)] = ""
    bus: Annotated[int, Meta(ge=0, le=6)] = 0
    device: Annotated[int, Meta(ge=0, le=2)] = 0


class CardSpec(Spec, frozen=True, kw_only=True):
    """A card that can hold keys, blank at first; its name is its credential id (`uid:...`).

    The card keeps its keys and counters from one tap to the next.
    """

    kind: Literal["ntag424", "desfire"]


class BridgeSpec(Spec, frozen=True, kw_only=True):
    """A microcontroller of the firmware bridge, on a pseudo-terminal at `link`.

    It counts as a board with the spec's name: relays 0 to 3 are its pins 0 to 3, inputs 0 to 7 its
    pins 4 to 11, and the E-stop input is pin 12, bridged to ground unless a contact drives it.
    """

    link: str
    adc: Annotated[tuple[Name, ...], Meta(max_length=2)] = ()
    """Names of the machines whose mains current is measured at ADC 0 and 1."""
    amps_per_volt: Annotated[float, Meta(gt=0)] = 30.0


class BenchSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file given with `--bench`, and the fields of the operation `setup`."""

    machine: tuple[MachineSpec, ...] = ()
    door: tuple[DoorSpec, ...] = ()
    contact: tuple[ContactSpec, ...] = ()
    reader: tuple[ReaderSpec, ...] = ()
    bridge: tuple[BridgeSpec, ...] = ()
    card: tuple[CardSpec, ...] = ()
