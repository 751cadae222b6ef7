"""The setup step of the box: the command line, and three checks that tick themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from controller.capabilities.agents.shapes import Agent
from controller.capabilities.setup.kits import SERIAL, USB_PORT, Reader
from controller.capabilities.setup.progress import devices_of
from controller.domain.time import Utc
from webui.agents.join_page import JoinPage
from webui.i18n import _
from webui.i18n.dates import Zone, ago, day
from webui.naming import read_label
from webui.parts import Option
from webui.setup.drawing import Drawing, reader_drawing, reader_options, relay_drawing

OK, WRONG, WAIT = "ok", "no", "wait"
"""The states of a check."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One of the three checks: its state is `ok`, `no` with instructions, or `wait`."""

    name: str
    state: str
    word: str
    says: str
    """The result as a sentence."""
    mend: tuple[str, ...] = ()
    """What to do about it, step by step."""
    drawing: Drawing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """The result of closing the relay for a moment."""

    command: str
    says: str
    failed: bool = False


def click_words(reason: str | None, *, done: bool) -> str:
    """Return whether the relay was closed; if not, why, and what to do."""
    if done:
        return _("Closed, then opened. Heard nothing? Check its three wires against the drawing.")
    return {
        "barred": _("An emergency stop, a cover or a fault keeps it off: reset it first."),
        "in_use": _("A badge has switched it on: tap again to switch it off, then try again."),
        "holds": _("This relay stays closed when the Pi stops: test it in step 7, on the spot."),
        "commissioned": _("The machine is in service: only a granted badge closes the relay."),
        "not_understood": _("The program on this Pi is too old: upgrade it."),
    }.get(reason or "", _("The Pi has not answered. Wait until it is connected, then try again."))


@dataclass(frozen=True, slots=True, kw_only=True)
class JoiningStep:
    """Data of the step for the box."""

    agent: str
    name: str
    is_assigned: bool
    """Whether the machine is assigned to the box already."""
    line: JoinPage | None
    received: str
    readers: tuple[Option, ...]
    reader: str
    drawings: tuple[Drawing, ...]
    ticks: tuple[Check, ...]
    machine: str
    click: Click | None
    instead: str
    """The configuration line for a Pi whose reader is replaced by another one; empty: it is not."""
    usb: str
    """The USB port to try for a reader that does not answer; empty: not suggested."""
    can_click: bool
    """Whether the relay may be closed for a moment: only while the machine is not in service."""

    @property
    def is_ready(self) -> bool:
        """Whether all three checks are ticked."""
        return all(tick.state == OK for tick in self.ticks)


def joining_step(
    agent: Agent | None,
    line: JoinPage | None,
    *,
    is_assigned: bool,
    chosen_reader: str,
    reported_reader: str,
    previous_reader: str,
    instead: str,
    point: str,
    machine: str,
    now: Utc,
    zone: Zone,
    click: Click | None = None,
    can_click: bool = False,
) -> JoiningStep:
    """Return the step in the current language.

    The reader shown is, in this order: `chosen_reader`, from the form, which a Pi that reports
    another one does not have yet; `reported_reader`, which the Pi or its command line names;
    `previous_reader`, which was chosen here last.
    """
    names = (chosen_reader, reported_reader, previous_reader)
    reader = next(filter(None, map(_known_reader, names)), Reader.RC522)
    drawing = reader_drawing(reader)
    drawings = tuple(picture for picture in (drawing, relay_drawing()) if picture)
    enrolled_at = agent.enrolled_at if agent else None
    ticks = checks(agent, point, reported_reader, drawing, now, zone)
    return JoiningStep(
        agent=agent.id if agent else "",
        name=read_label(agent.name) if agent else "",
        is_assigned=is_assigned,
        line=line,
        received=ago(enrolled_at, now) if enrolled_at else "",
        readers=reader_options(),
        reader=reader,
        drawings=drawings,
        ticks=ticks,
        machine=machine,
        click=click,
        instead=instead,
        usb=USB_PORT if reader in SERIAL and ticks[1].state == WRONG else "",
        can_click=can_click and ticks[2].state == OK,
    )


def _known_reader(name: str) -> Reader | None:
    return Reader(name) if name in tuple(Reader) else None


def checks(
    agent: Agent | None, point: str, driver: str, drawing: Drawing | None, now: Utc, zone: Zone
) -> tuple[Check, Check, Check]:
    """Return the three checks, connection, reader and relay, as they stand now."""
    online = agent is not None and bool(agent.online) and agent.enrolled_at is not None
    by_kind = devices_of(agent, point) if online else {}
    return (
        _connection_check(agent, online, now, zone),
        _reader_check(by_kind.get("reader"), online, driver, drawing),
        _relay_check(by_kind.get("power"), online),
    )


def _connection_check(agent: Agent | None, online: bool, now: Utc, zone: Zone) -> Check:
    name = _("Connected")
    if agent is None or agent.enrolled_at is None:
        return Check(
            name=name, state=WAIT, word=_("not yet"), says=_("The line has not been used.")
        )
    if not online:
        mend = (
            _("On the Pi, start the agent: `systemctl enable --now loquet-agent`"),
            _("If it stops, `loquet doctor` shows what is missing, in one line."),
            _("No network: check the cable or the Wi-Fi, and the server’s port 8883."),
        )
        says = _("The Pi has used the line, but is not connected yet.")
        name = _("Not connected yet")
        return Check(name=name, state=WRONG, word=_("silent"), says=says, mend=mend)
    until = agent.certificate_until
    texts = [read_label(agent.name), _("version %(version)s", version=agent.program_version or "?")]
    if until is not None:
        when = day(until, now, zone)
        texts.append(_("certificate until %(day)s, renewed automatically", day=when))
    return Check(name=name, state=OK, word=_("connected"), says=", ".join(texts))


def _reader_check(
    devices: Mapping[str, Any] | None, online: bool, driver: str, drawing: Drawing | None
) -> Check:
    name = _("Reader")
    if not online:
        return Check(name=name, state=WAIT, word=_("not yet"), says=_("Once it is connected."))
    if devices is None:
        return _not_wired_check(name)
    if devices.get("ok", True):
        return Check(name=name, state=OK, word=_("answers"), says=_("It answers."))
    mend = (
        _("Switch the Pi off and wait until its green light is out."),
        _("Compare each wire with the drawing: usually, two need to be swapped."),
        _("Switch it on again: the tick appears within a minute."),
    )
    says = _("No reader answers: driver %(driver)s.", driver=driver or "?")
    return Check(name=name, state=WRONG, word=_("silent"), says=says, mend=mend, drawing=drawing)


def _relay_check(devices: Mapping[str, Any] | None, online: bool) -> Check:
    name = _("Relay")
    if not online:
        return Check(name=name, state=WAIT, word=_("not yet"), says=_("Once it is connected."))
    if devices is None:
        return _not_wired_check(name)
    if devices.get("ok", True):
        says = _("It answers. If the Pi stops, the relay releases by itself.")
        return Check(name=name, state=OK, word=_("answers"), says=says)
    mend = (
        _("Switch the Pi off, then check the relay’s three wires against the drawing."),
        _("Another program may be using the pin: `loquet doctor` shows this."),
    )
    says = _("The relay does not answer.")
    return Check(
        name=name, state=WRONG, word=_("silent"), says=says, mend=mend, drawing=relay_drawing()
    )


def _not_wired_check(name: str) -> Check:
    mend = (
        _("Add it to the Pi’s config.toml, under the machine’s id (docs/wiring.md)."),
        _("Then start the agent again: `systemctl restart loquet-agent`"),
    )
    return Check(
        name=name,
        state=WRONG,
        word=_("not wired"),
        says=_("The Pi’s configuration does not mention it."),
        mend=mend,
    )
