"""Sample values for each state of each component; machines, doors and charts use the pages'
code."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from controller.capabilities.live import board as board_data
from controller.capabilities.live.reservations import Reservation
from controller.capabilities.usage.weeks import Week
from controller.domain.facts import AccessPoint, Language, Name, PointKind, Site
from controller.domain.ids import AccessPointId
from controller.domain.states import DoorPhase, FaultKind, MachinePhase
from controller.domain.time import Utc
from controller.kernel.capability import AlarmKind
from webui.forms import Field, FormPage
from webui.i18n import _
from webui.i18n.dates import ago, moment
from webui.list_filter import Filters, ListFilter, filters
from webui.live.tiles import tile
from webui.live.views import Alarm, RoomLine, Tile
from webui.machines.machine_view import EffectPart, EffectView, Person, ReasonGroup
from webui.machines.weeks import WEEKS, WeeksView, draw_weeks
from webui.naming import NameField, name_fields
from webui.parts import Bar, Chip, Option, Part, plain, strong, time_part

LONG = "Association des amis de la récupération créative et solidaire du pays d’Artois"
"""The longest possible name: eighty characters."""
NO_KINDS: Mapping[str, AlarmKind] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What the template of a chart reads."""

    weeks: WeeksView


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Everything that the page shows."""

    message: tuple[Part, ...]
    machines: tuple[Tile, ...]
    doors: tuple[Tile, ...]
    alarms: tuple[Alarm, ...]
    rooms: tuple[RoomLine, ...]
    answers: tuple[Chip, ...]
    bars: tuple[Bar, ...]
    options: tuple[Option, ...]
    menu: Tile
    """A tile whose menu opens; it is separate, as ids must be unique on a page."""
    names: tuple[NameField, ...]
    form: FormPage
    effect: EffectPart
    chart: Chart
    filters: Filters


def samples(now: Utc) -> Samples:
    """Return the samples in the current language."""
    site = Site(id="sample", name=Name(fr="La Fabrique"), time_zone="Europe/Paris")
    options = (Option(value="a", text=_("Autonomous")), Option(value="b", text=_("Accompanied")))
    return Samples(
        message=_status_parts(now),
        machines=tuple(_machines(site, now)),
        doors=tuple(_doors(site, now)),
        alarms=tuple(_alarms(now)),
        rooms=tuple(_rooms()),
        answers=(
            Chip(look="yes", icon="check", word=_("Yes")),
            Chip(look="no", icon="x", word=_("No")),
            Chip(look="later", icon="clock", word=_("Later")),
        ),
        bars=tuple(Bar(percent=percent, label=f"{percent} %") for percent in (0, 15, 50, 100)),
        options=options,
        menu=_menu(site, now),
        names=name_fields({"fr": "Découpe laser", "en": None}, Language.FR),
        form=_form(options),
        effect=EffectPart(id="sample", version=1, rule_json="{}", effect=_effect()),
        chart=Chart(weeks=_weeks()),
        filters=filters(
            "machines.show",
            ListFilter(query="laser"),
            (),
            options,
            every=300,
            matching=60,
            shown=24,
        ),
    )


def _menu(site: Site, now: Utc) -> Tile:
    sample = _sample_tile(_point("menu", PointKind.MACHINE, "menu"), MachinePhase.OFF.value, now)
    return tile(sample, NO_KINDS, now, site, (), True)


def _effect() -> EffectView:
    """Return an effect in which two people lose access, one of them with a booking, and nobody
    gains it."""
    booked = Person(name=LONG, href="", warns=_("has booked for the %(day)s", day="12"))
    lose = ReasonGroup(
        why=_("House rules never signed"), people=(booked, Person(name="Zoé", href=""))
    )
    return EffectView(
        after=_("people will be able to use it"),
        after_n=38,
        before=_("%(n)s today", n=41),
        keeps="",
        loses=(lose,),
        gains=(),
        loses_words=_("%(n)s lose access", n=3),
        gains_words=_("Nobody gains access"),
        more_lose=1,
        more_gain=0,
        save=_("Save, %(n)s lose access", n=3),
        loses_n=3,
    )


def _weeks() -> WeeksView:
    """Return fewer weeks than a machine's page has, but enough to show each style."""
    many = WEEKS // 3
    weeks = [Week(running_h=10 + 3 * (n % 4), waiting_h=n % 3) for n in range(many)]
    out = [27.0 if n == many // 2 else 0.0 for n in range(many)]
    message = _("A sentence first explains what the drawing shows.")
    return draw_weeks(weeks, out, [str(n + 1) for n in range(many)], (message,))


def _status_parts(now: Utc) -> tuple[Part, ...]:
    at = Utc.of(now - timedelta(minutes=6))
    return (
        plain(_("text")),
        strong(_("what matters")),
        Part(text=_("what is urgent"), alert=True),
        time_part("", moment(ago(at, now), at, ZoneInfo("Europe/Paris"))),
    )


def _point(key: str, kind: PointKind, name: str, **fields: object) -> AccessPoint:
    icon = "printer" if kind is PointKind.MACHINE else "door-closed"
    point = AccessPoint(
        id=AccessPointId(f"sample-{key}"),
        kind=kind,
        agent="sample",
        name=Name(fr=name, en=name),
        icon=icon,
        commissioned=True,
    )
    return replace(point, **fields)  # type: ignore[arg-type]


def _sample_tile(point: AccessPoint, state: str | None, now: Utc) -> board_data.Tile:
    return board_data.Tile(
        point=point,
        online=state is not None,
        offline_since=None if state else Utc.of(now - timedelta(minutes=12)),
        state=state,
        since=Utc.of(now - timedelta(minutes=25)),
        available=state == MachinePhase.OFF,
        ends_at=None,
        warning=False,
        faults=(FaultKind.ESTOP.value,) if state == MachinePhase.FAULT else (),
        watts=1400 if state == MachinePhase.RUNNING else None,
        session=None,
    )


def _used_by(tile: board_data.Tile, who: str, left_s: int | None, now: Utc) -> board_data.Tile:
    session = board_data.OpenSession(
        id="s", member_id=None, member_name=who, started_at=tile.since, state=tile.state
    )
    ends = None if left_s is None else Utc.of(now + timedelta(seconds=left_s))
    return replace(tile, session=session, ends_at=ends)


def _machines(site: Site, now: Utc) -> Iterator[Tile]:
    reservations = [
        Reservation(
            access_point="",
            starts_at=Utc.of(now + timedelta(hours=1)),
            ends_at=Utc.of(now + timedelta(hours=2)),
            who=LONG,
        )
    ]
    for phase in MachinePhase:
        point = _point(phase.value, PointKind.MACHINE, phase.value)
        if phase is MachinePhase.OUT_OF_SERVICE:
            point = replace(point, in_service=False, service_reason=_("Part to replace"))
        sample = _sample_tile(point, phase.value, now)
        if phase is MachinePhase.RUNNING:
            sample = _used_by(sample, LONG, 4200, now)
        yield tile(
            sample, NO_KINDS, now, site, reservations if phase is MachinePhase.OFF else (), True
        )
    ends = _sample_tile(
        _point("warning", PointKind.MACHINE, "warning"), MachinePhase.ARMED.value, now
    )
    yield tile(
        replace(_used_by(ends, "Inès Nguyen-Delattre", 45, now), warning=True),
        NO_KINDS,
        now,
        site,
        (),
        True,
    )
    silent = _sample_tile(_point("silent", PointKind.MACHINE, "silent"), None, now)
    yield tile(silent, NO_KINDS, now, site, (), True)


def _doors(site: Site, now: Utc) -> Iterator[Tile]:
    """Yield the doors: three with their actions, the others as seen without the right to
    command."""
    for phase in DoorPhase:
        sample = _sample_tile(
            _point(f"door-{phase.value}", PointKind.DOOR, phase.value), phase.value, now
        )
        yield tile(sample, NO_KINDS, now, site, (), phase is DoorPhase.LOCKED)
    unlocked = _sample_tile(_point("kept", PointKind.DOOR, "kept"), DoorPhase.RELEASED.value, now)
    until = Utc.of(now + timedelta(hours=1))
    yield tile(replace(unlocked, ends_at=until), NO_KINDS, now, site, (), True)
    shut = _point("down", PointKind.DOOR, "down", in_service=False, service_reason="Intrusion")
    yield tile(_sample_tile(shut, DoorPhase.LOCKED.value, now), NO_KINDS, now, site, (), True)
    silent = _sample_tile(_point("door-silent", PointKind.DOOR, "silent"), None, now)
    yield tile(silent, NO_KINDS, now, site, (), True)


def _alarms(now: Utc) -> Iterator[Alarm]:
    parts = _status_parts(now)[3:]
    for key, taken, take, settle in (
        ("new", False, True, ""),
        ("by-hand", False, True, "#"),
        ("taken", True, False, "#"),
        ("read", False, False, ""),
    ):
        yield Alarm(id=key, title=key, parts=parts, taken=taken, take=take, settle=settle)
    yield Alarm(id="calm", title="calm", parts=parts, take=True, can_wait=True)


def _rooms() -> Iterator[RoomLine]:
    for heads, most in ((0, 20), (13, 16), (6, 6)):
        percent = round(100 * heads / most)
        bar = Bar(percent=percent, label=f"{heads} / {most}")
        yield RoomLine(name=f"{percent} %", heads=f"{heads} / {most}", bar=bar)
    yield RoomLine(name=_("no limit"), heads="4")


def _form(options: tuple[Option, ...]) -> FormPage:
    """Return a table of fields; the page itself shows single ones."""
    fields = {
        "c-table-text": Field(label=_("A field"), wrong=_("There is no such day.")),
        "c-table-choice": Field(label=_("A choice"), wrong=_("Choose."), options=options),
    }
    typed = {"c-table-text": "31/02", "c-table-choice": "b"}
    wrong = {"c-table-text": fields["c-table-text"].wrong}
    return FormPage(id="", names=(), fields=fields, typed=typed, wrong=wrong)
