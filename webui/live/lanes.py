"""The day as lanes: one per machine; positions are in percent of the hours that are shown."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from controller.capabilities.live.board import Tile
from controller.capabilities.live.day import Day, MachineActivity, Stretch
from controller.domain.facts import PointKind
from controller.domain.time import Utc
from webui.i18n import _, pgettext, plural
from webui.i18n.dates import clock, format_remaining
from webui.list_filter import natural_key
from webui.live.tiles import name_of
from webui.live.views import Block, DayView, Lane
from webui.parts import Option

DEFAULT_HOURS = (8, 20)
"""Hours shown of any day; more if there is something outside them."""
STEP = 2
"""Hours between two labels."""
MIN_WIDTH_PERCENT = 0.4
"""Smallest width in percent, so that a few seconds remain visible."""
MINUTE = timedelta(minutes=1)
"""The table has no shorter stretches, and joins those with a shorter gap."""
DRAWING_ORDER = (
    MachineActivity.OUT,
    MachineActivity.RESERVED,
    MachineActivity.COURSE,
    MachineActivity.EXPECTED,
    MachineActivity.ON,
    MachineActivity.WORKED,
    MachineActivity.STOPPED,
)
"""Drawing order: later ones are drawn over earlier ones."""


@dataclass(frozen=True, slots=True)
class Hours:
    """The hours that are shown, as hours after the day's midnight."""

    midnight: Utc
    first: int
    last: int

    def x(self, at: Utc) -> float:
        """Return the position of a time, from 0 to 100."""
        hours = (at - self.midnight).total_seconds() / 3600 - self.first
        return round(100 * min(1.0, max(0.0, hours / (self.last - self.first))), 2)


def day_view(
    day: Day, tiles: Sequence[Tile], zone: ZoneInfo, now: Utc, shown: Sequence[Tile] | None = None
) -> DayView:
    """Return the day in the current language; `shown` are the machines with a lane, default all."""
    hours = _hours(day, now)
    machines = [tile for tile in tiles if tile.point.kind is PointKind.MACHINE]
    names = {str(machine.point.id): name_of(machine) for machine in machines}
    of_point: dict[str, list[Stretch]] = defaultdict(list)
    for stretch in day.stretches:
        of_point[stretch.access_point].append(stretch)
    drawn = [str(machine.point.id) for machine in (machines if shown is None else shown)]
    lanes = [
        _lane(names[key], of_point[key], hours, zone)
        for key in sorted(drawn, key=lambda point_id: natural_key(names[point_id]))
    ]
    activities = {stretch.doing for stretch in day.stretches if stretch.access_point in names}
    words = doing_words()
    return DayView(
        message=_message(day, names),
        hours=tuple(str(hour) for hour in range(hours.first, hours.last + 1, STEP)),
        lanes=tuple(lanes),
        now=hours.x(now),
        legend=tuple(
            Option(value=action.value, text=words[action])
            for action in MachineActivity
            if action in activities
        ),
    )


def doing_words() -> Mapping[MachineActivity, str]:
    """The label of each activity."""
    return {
        MachineActivity.WORKED: _("running"),
        MachineActivity.EXPECTED: _("will continue"),
        MachineActivity.ON: _("on"),
        MachineActivity.STOPPED: _("at fault"),
        MachineActivity.OUT: _("out of service"),
        MachineActivity.RESERVED: pgettext("machine", "booked"),
        MachineActivity.COURSE: _("course"),
    }


def _hours(day: Day, now: Utc) -> Hours:
    """Return an even number of hours that covers all activity."""

    def hour(at: Utc) -> float:
        return (at - day.start).total_seconds() / 3600

    starts = [
        hour(stretch.start) for stretch in day.stretches if stretch.doing is not MachineActivity.OUT
    ]
    ends = [hour(stretch.end) for stretch in day.stretches]
    first = int(min(DEFAULT_HOURS[0], hour(now), *starts)) // STEP * STEP
    last = -(-int(max(DEFAULT_HOURS[1], hour(now) + 1, *ends)) // STEP) * STEP
    return Hours(day.start, first, max(last, first + STEP))


def _lane(name: str, stretches: Sequence[Stretch], hours: Hours, zone: ZoneInfo) -> Lane:
    drawn = sorted(stretches, key=lambda stretch: DRAWING_ORDER.index(stretch.doing))
    words = doing_words()
    texts = [
        _(
            "%(start)s to %(end)s %(doing)s",
            start=clock(stretch.start, zone),
            end=clock(stretch.end, zone),
            doing=words[stretch.doing],
        )
        for stretch in _joined(stretches)
    ]
    worked = _worked(stretches).total_seconds()
    short = _("less than a minute each time") if stretches else _("nothing today")
    return Lane(
        name=name,
        blocks=tuple(_block(stretch, hours) for stretch in drawn),
        spans=tuple(texts or [short]),
        total=_("%(time)s running", time=format_remaining(worked)) if worked else "",
    )


def _joined(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Return the stretches of a machine, joined with their neighbours, without moments."""
    joined: list[Stretch] = []
    for stretch in sorted(stretches, key=lambda stretch: (stretch.doing, stretch.start)):
        last = joined[-1] if joined else stretch
        if joined and last.doing is stretch.doing and stretch.start - last.end < MINUTE:
            joined[-1] = replace(last, end=max(last.end, stretch.end))
        else:
            joined.append(stretch)
    lasting = [stretch for stretch in joined if stretch.end - stretch.start >= MINUTE]
    return sorted(lasting, key=lambda stretch: stretch.start)


def _worked(stretches: Iterable[Stretch]) -> timedelta:
    return sum(
        (it.end - it.start for it in stretches if it.doing is MachineActivity.WORKED), timedelta()
    )


def _block(stretch: Stretch, hours: Hours) -> Block:
    start, end = hours.x(stretch.start), hours.x(stretch.end)
    width = round(max(MIN_WIDTH_PERCENT, end - start), 2)
    return Block(stretch.doing.value, max(0.0, round(end - width, 2)), width)


def _message(day: Day, names: Mapping[str, str]) -> str:
    """Return how many machines ran, how long in all, and which ran most."""
    of_point: dict[str, list[Stretch]] = defaultdict(list)
    for stretch in day.stretches:
        if stretch.access_point in names:
            of_point[stretch.access_point].append(stretch)
    times = {key: _worked(stretches) for key, stretches in of_point.items()}
    worked = {key: time for key, time in times.items() if time}
    if not worked:
        return _("No machine has run today yet.")
    most = max(worked, key=lambda point_id: worked[point_id])
    total = format_remaining(sum(worked.values(), timedelta()).total_seconds())
    return plural(
        "%(n)s machine has run, %(time)s in all: %(name)s.",
        "%(n)s machines have run, %(time)s in all; most used: %(name)s.",
        len(worked),
        time=total,
        name=names[most],
    )
