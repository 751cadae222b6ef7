"""Opening times: weekly windows in a site's time zone, with exceptions and daylight saving time."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from controller.domain.facts import Schedule
from controller.domain.time import Utc

HORIZON_DAYS = 62
"""How many days ahead the next change is searched: longer than a summer closure."""

_DAY = timedelta(days=1)
_HALF_DAY = timedelta(hours=12)
_MOMENT = timedelta(milliseconds=1)
_MIDNIGHT = time(0)


def is_open(schedule: Schedule, zone_name: str, now: Utc) -> bool:
    """Return whether `now` lies in a window; `zone_name` is an IANA name such as Europe/Paris.

    False in an unknown zone. A local hour that daylight saving time repeats is open both times; a
    skipped one does not exist.
    """
    return any(start <= now < end for start, end in _spans(schedule, zone_name, now, 1))


def closes_at(schedule: Schedule, zone_name: str, now: Utc) -> Utc | None:
    """Return when the opening that contains `now` ends; None if closed now, or open beyond the
    search."""
    until: Utc | None = None
    days = _days_to_look(schedule, zone_name, now)
    for start, end in _spans(schedule, zone_name, now, days):
        if start <= (until or now) < end:
            until = end
        elif start > (until or now):
            return until
    horizon = now + _DAY * (days - 1)
    return until if until is not None and until < horizon else None


def opens_next(schedule: Schedule, zone_name: str, now: Utc) -> Utc | None:
    """Return when it opens next; None if open now, or closed beyond the search."""
    if is_open(schedule, zone_name, now):
        return None
    days = _days_to_look(schedule, zone_name, now)
    starts = (start for start, _ in _spans(schedule, zone_name, now, days) if start > now)
    return next(starts, None)


def next_change(schedule: Schedule, zone_name: str, now: Utc) -> Utc | None:
    """Return when it opens or closes next; None if nothing changes within the search."""
    return closes_at(schedule, zone_name, now) or opens_next(schedule, zone_name, now)


def last_change(schedule: Schedule, zone_name: str, now: Utc) -> Utc | None:
    """Return when it last opened or closed; None if nothing changed within the search."""
    first = Utc.of(now - _DAY * HORIZON_DAYS)
    since = until = None
    for start, end in _spans(schedule, zone_name, first, HORIZON_DAYS + 1):
        if start > now:
            break
        if until is None or start > until:
            since, until = start, end
        else:
            until = max(until, end)
    return since if until is None or now < until else until


def openings_on(schedule: Schedule, zone_name: str, day: date) -> list[tuple[Utc, Utc]]:
    """Return the openings that begin on that local day, sorted by start; none in an unknown
    zone."""
    zone = _zone(zone_name)
    if zone is None:
        return []
    exceptions = {exception.date: exception.windows for exception in schedule.exceptions}
    return sorted(span for span in _spans_of(schedule, exceptions, day, zone) if span[0] < span[1])


def day_end(schedule: Schedule | None, zone_name: str, now: Utc) -> Utc:
    """Return when the day of a place ends: at midnight, or at the end of an opening that goes on
    after it, within 24 hours."""
    tonight = local_midnight(zone_name, now)
    if schedule is not None:
        last_night = local_midnight(zone_name, Utc.of(tonight - _DAY - _HALF_DAY))
        for midnight in (last_night, tonight):
            ends = _end_of_night(schedule, zone_name, midnight)
            if ends is not None and now < ends <= now + _DAY:
                return ends
    return tonight


def _end_of_night(schedule: Schedule, zone_name: str, midnight: Utc) -> Utc | None:
    """Return when the opening that goes on after this midnight ends; None if there is none, or it
    goes on until noon."""
    if not is_open(schedule, zone_name, Utc.of(midnight - _MOMENT)):
        return None
    ends = closes_at(schedule, zone_name, midnight)
    return ends if ends is not None and ends - midnight < _HALF_DAY else None


def local_time(zone_name: str, moment: Utc) -> datetime:
    """Return the moment in local time; in UTC if the zone is unknown or the date out of range."""
    try:
        return moment.astimezone(_zone(zone_name) or UTC)
    except OverflowError:
        return moment.astimezone(UTC)


def local_midnight(zone_name: str, now: Utc) -> Utc:
    """Return when the local day that contains `now` ends."""
    zone = _zone(zone_name) or UTC
    return _instant(now.astimezone(zone).date() + _DAY, _MIDNIGHT, zone, fold=0)


def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def _days_to_look(schedule: Schedule, zone_name: str, now: Utc) -> int:
    """Return how many days ahead to search; without exceptions every week is the same.

    Two weeks are added after the last exception, because a clock change may skip a short window
    once.
    """
    today = local_time(zone_name, now).date()
    last = max((e.date for e in schedule.exceptions), default=today)
    return min(HORIZON_DAYS, (max(last, today) - today).days + 15)


def _spans(schedule: Schedule, zone_name: str, now: Utc, days: int) -> Iterator[tuple[Utc, Utc]]:
    """Yield the openings that begin from yesterday until `days` days from now, sorted by start."""
    zone = _zone(zone_name)
    if zone is None:
        return
    first = now.astimezone(zone).date() - _DAY
    exceptions = {e.date: e.windows for e in schedule.exceptions}
    for n in range(days + 1):
        spans = sorted(_spans_of(schedule, exceptions, first + _DAY * n, zone))
        yield from (span for span in spans if span[0] < span[1])


def _spans_of(
    schedule: Schedule,
    exceptions: dict[date, tuple[tuple[time, time], ...]],
    day: date,
    zone: tzinfo,
) -> Iterator[tuple[Utc, Utc]]:
    """Yield the openings that begin on that local day."""
    replaced = exceptions.get(day)
    windows = replaced
    if windows is None:
        windows = tuple((w.start, w.end) for w in schedule.weekly if w.weekday == day.weekday())
    # Weekly windows never reach into a date that is an exception, not even past midnight.
    to_midnight = replaced is None and day + _DAY in exceptions
    for start, end in windows:
        last = day if end > start else day + _DAY
        if to_midnight and last > day:
            end = _MIDNIGHT
        yield _instant(day, start, zone, fold=0), _instant(last, end, zone, fold=1)


def _instant(day: date, clock: time, zone: tzinfo, *, fold: int) -> Utc:
    """Return the instant of a local time.

    A repeated time gives the first (fold 0) or second (fold 1) instant, a skipped time that of the
    clock change.
    """
    moment = datetime.combine(day, clock.replace(fold=fold), zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None, fold=0) == datetime.combine(day, clock):
        return Utc.of(moment)
    return _change_near(day, clock, zone)


def _change_near(day: date, clock: time, zone: tzinfo) -> Utc:
    """Return the instant of the clock change that skips this local time."""
    before = datetime.combine(day, clock.replace(fold=1), zone).astimezone(UTC)
    after = datetime.combine(day, clock.replace(fold=0), zone).astimezone(UTC)
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return Utc.of(after)
