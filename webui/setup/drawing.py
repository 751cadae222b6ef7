"""Wiring diagrams of a reader or a relay at the Pi, drawn and in words."""

from dataclasses import dataclass

from controller.capabilities.setup.kits import Reader
from webui.i18n import _
from webui.parts import Option

GAP, TOP, END = 28, 50, 24
"""Pixels between wires, above the first, and below the last."""
_QUIET, _LOUD = "quiet", ("a", "b", "c", "d", "e")
"""Styles of wires: one for all supply wires, and a colour for each signal wire."""
_WIRES = {
    Reader.RC522: (
        ("3.3V", 17),
        ("RST", 22),
        ("GND", 20),
        ("MISO", 21),
        ("MOSI", 19),
        ("SCK", 23),
        ("SDA", 24),
    ),
    Reader.PN532: (("VCC", 4), ("GND", 6), ("TXD", 10), ("RXD", 8)),
    Reader.EM4100: (("5V", 4), ("GND", 6), ("TX", 10)),
}
"""Each wire of the reader, and its pin on the Pi's header (docs/wiring.md)."""
_BCM = {8: 14, 10: 15, 11: 17, 19: 10, 21: 9, 22: 25, 23: 11, 24: 8}
"""GPIO number by pin of the header."""
_SUPPLY = {2: "5V", 4: "5V", 17: "3.3V", 6: "GND", 9: "GND", 20: "GND"}
"""Name of the supply pins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """One wire: its name at the part, its pin on the Pi's header, and where it is drawn."""

    part: str
    pi: str
    pin: int
    look: str
    part_y: int
    pi_y: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A part beside the Pi, with its wires; `words` describes the picture."""

    id: str
    title: str
    part: str
    wires: tuple[Wire, ...]
    height: int
    words: tuple[str, ...]
    notes: tuple[str, ...]


def reader_options() -> tuple[Option, ...]:
    """Return the readers to choose from."""
    return tuple(Option(value=name, text=text) for name, text in _names().items())


def reader_drawing(reader: Reader) -> Drawing | None:
    """Return the wiring of that reader; None if only its manufacturer can say."""
    if reader not in _WIRES:
        return None
    title = _("The reader: %(name)s", name=_names()[reader])
    return _drawing("reader", title, _("Reader"), _WIRES[reader], _reader_notes()[reader])


def _reader_notes() -> dict[Reader, tuple[str, ...]]:
    serial = _("`enable_uart=1`, and no console on that port (raspi-config).")
    return {
        Reader.RC522: (
            _("3.3 V only: 5 V destroys the chip."),
            _("Less than 20 cm of cable. IRQ stays free."),
            _("In /boot/firmware/config.txt: `dtparam=spi=on`"),
        ),
        Reader.PN532: (
            _("Set both of its switches to 0 (HSU)."),
            _("The reader’s TXD goes to pin 10, RXD to pin 8: the wires cross."),
            serial,
        ),
        Reader.EM4100: (
            _("The reader’s TX goes to pin 10, through two resistors if it is 5 V."),
            serial,
        ),
    }


def relay_drawing() -> Drawing:
    """Return the wiring of the relay module."""
    notes = (
        _("A resistor of 10 kΩ pulls the input to GND: nothing moves while the Pi boots."),
        _("Dangerous machine: use the charge pump in docs/wiring.md, which releases by itself."),
        _("Its contacts go to the contactor: a qualified electrician connects them, at step 7."),
    )
    wires = (("VCC", 2), ("GND", 9), ("IN", 11))
    return _drawing("relay", _("The relay"), _("Relay"), wires, notes)


def _names() -> dict[Reader, str]:
    return {
        Reader.RC522: _("RC522, 13.56 MHz cards"),
        Reader.PN532: _("PN532, 13.56 MHz cards"),
        Reader.EM4100: _("RDM6300 or another serial reader"),
        Reader.OTHER: _("another one: I wire it myself"),
    }


def _drawing(
    id_: str, title: str, part: str, wires: tuple[tuple[str, int], ...], notes: tuple[str, ...]
) -> Drawing:
    pins = sorted(pin for _name, pin in wires)
    loud = iter(_LOUD)
    drawn = tuple(
        Wire(
            part=name,
            pi=f"GPIO{_BCM[pin]}" if pin in _BCM else _SUPPLY[pin],
            pin=pin,
            look=next(loud) if pin in _BCM else _QUIET,
            part_y=TOP + GAP * place,
            pi_y=TOP + GAP * pins.index(pin),
        )
        for place, (name, pin) in enumerate(wires)
    )
    words = tuple(
        _("%(wire)s to pin %(pin)s", wire=connection.part, pin=connection.pin)
        for connection in drawn
    )
    return Drawing(
        id=id_,
        title=title,
        part=part,
        wires=drawn,
        height=TOP + GAP * (len(wires) - 1) + END,
        words=words,
        notes=notes,
    )
