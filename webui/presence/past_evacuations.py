"""Evacuations and drills that are over, in words, and when the next drill is due."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from controller.capabilities.presence.models import EvacuationKind
from controller.capabilities.presence.shapes import Evacuation
from controller.domain.facts import Site
from controller.domain.time import Utc
from controller.kernel.names import short_login
from webui.i18n import _, current, plural
from webui.i18n.dates import Moment, clock, day, format_day, format_remaining, moment
from webui.list_filter import natural_key

DRILL_MONTHS = 6
"""Months between two drills (decision 0305)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastEvacuation:
    """An evacuation or a drill as a line of a table."""

    when: Moment
    kind: str
    is_real: bool
    heads: str
    lasted: str
    percent: float
    """How long it took, as a part of the longest."""
    by: str
    remarks: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PastEvacuations:
    """What the page shows while none is in progress."""

    lines: tuple[PastEvacuation, ...]
    longest: str
    last: str
    """The date of the last drill; empty: there was none."""
    last_text: str
    due: str
    """Until when the next drill is due; empty: now."""
    due_text: str
    is_due: bool
    present: int
    need_help: int
    rooms: tuple[str, ...]


def past_evacuations(
    evacuations: Sequence[Evacuation],
    names: Mapping[str, str],
    present: int,
    need_help: int,
    site: Site,
    now: Utc,
) -> PastEvacuations:
    """Return the page, given the evacuations, the latest first."""
    zone = ZoneInfo(site.time_zone)
    longest = max((evacuation.duration_s or 0 for evacuation in evacuations), default=0)
    last = next((it for it in evacuations if _is_drill(it)), None)
    today = now.astimezone(zone).date()
    due = _next_drill(last.started_at.astimezone(zone).date()) if last else None
    rooms = [room.name.read(current()) for room in site.zones.values()]
    return PastEvacuations(
        lines=tuple(past_evacuation(it, names, longest, zone) for it in evacuations),
        longest=duration_text(longest) if len(evacuations) > 1 else "",
        last=day(last.started_at, now, zone) if last else "",
        last_text=_last_text(last) if last else _("No drill in the last three years"),
        due=format_day(due, "d MMMM y") if due else "",
        due_text=_due_text(due, today),
        is_due=due is None or due < today,
        present=present,
        need_help=need_help,
        rooms=tuple(sorted(filter(None, rooms), key=natural_key)),
    )


def past_evacuation(
    evacuation: Evacuation, names: Mapping[str, str], longest: float, zone: ZoneInfo
) -> PastEvacuation:
    """Return one evacuation as a line; `names` are those of who started it, by reference."""
    kinds = {
        EvacuationKind.FIRE: _("Fire alarm"),
        EvacuationKind.DESK: _("Evacuation"),
        EvacuationKind.DRILL: _("Drill"),
    }
    at = evacuation.started_at
    date = format_day(at.astimezone(zone).date(), "d MMMM y")
    when = _("%(date)s, %(time)s", date=date, time=clock(at, zone))
    took = evacuation.duration_s
    return PastEvacuation(
        when=moment(when, at, zone),
        kind=_("%(kind)s, by mistake", kind=kinds[evacuation.kind])
        if evacuation.by_mistake
        else kinds[evacuation.kind],
        is_real=evacuation.kind is not EvacuationKind.DRILL and not evacuation.by_mistake,
        heads=plural(
            "%(seen)s of %(n)s out", "%(seen)s of %(n)s out", evacuation.heads, seen=evacuation.seen
        ),
        lasted=_("in progress") if took is None else duration_text(took),
        percent=round(100 * (took or 0) / longest, 1) if longest else 0,
        by=short_login(names.get(evacuation.started_by, "")),
        remarks=evacuation.remarks or "",
    )


def duration_text(seconds: float) -> str:
    """Return how long an evacuation took: 48 s; 2 min 48 s; 1 h 05 min."""
    minutes, rest = divmod(round(seconds), 60)
    if not 1 <= minutes < 60:
        return format_remaining(seconds)
    return _("%(minutes)d min %(seconds)02d s", minutes=minutes, seconds=rest)


def _is_drill(evacuation: Evacuation) -> bool:
    return evacuation.kind is EvacuationKind.DRILL and not evacuation.by_mistake


def _last_text(last: Evacuation) -> str:
    time = duration_text(last.duration_s or 0)
    return _("in %(time)s, %(seen)s out of %(n)s", time=time, seen=last.seen, n=last.heads)


def _next_drill(last: date) -> date:
    """Return the same day some months later, or the last day of that month."""
    years, month = divmod(last.month - 1 + DRILL_MONTHS, 12)
    year = last.year + years
    return date(year, month + 1, min(last.day, monthrange(year, month + 1)[1]))


def _due_text(due: date | None, today: date) -> str:
    if due is None:
        return _("as soon as possible, then every six months")
    months = (due - today).days // 30
    if due < today:
        return _("overdue, one is due every six months")
    if months < 1:
        return _("within a month, one is due every six months")
    return plural(
        "in %(n)s month, one is due every six months",
        "in %(n)s months, one is due every six months",
        months,
    )
