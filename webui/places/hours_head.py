"""The sentences above the opening hours: open until when, what comes next, next special day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from controller.domain import schedule
from controller.domain.facts import Schedule
from controller.domain.time import Utc
from webui.i18n import _
from webui.i18n.dates import clock, day, day_names, format_day, format_until, is_date
from webui.places.calendar import OpeningDays, format_spans

_DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningSummary:
    """The state of opening at a moment, as sentences."""

    hours: Schedule
    days: OpeningDays
    zone: ZoneInfo
    now: Utc

    def words(self) -> Iterator[str]:
        """Yield the sentences: the present state, then the next special day."""
        zone = str(self.zone)
        until = schedule.closes_at(self.hours, zone, self.now)
        if until is not None:
            yield self._open_text(until)
        elif schedule.is_open(self.hours, zone, self.now):
            yield _("Open day and night")
        else:
            yield self._closed_text(schedule.opens_next(self.hours, zone, self.now))
        yield from self._special_day_texts()

    def _open_text(self, until: Utc) -> str:
        next_opening = schedule.opens_next(self.hours, str(self.zone), until)
        text = _("Open until %(time)s", time=self._end_text(until))
        if until - self.now > _DAY:
            text = _("Open, closes %(when)s", when=self._end_text(until))
            if is_date(self._end_text(until)):
                text = _("Open, closes on %(day)s", day=self._end_text(until))
        elif usual := self._usual_end(until):
            text = _("%(until)s instead of %(usual)s", until=text, usual=usual)
        if next_opening is None:
            return text
        return _("%(until)s, opens again %(when)s", until=text, when=self._when_text(next_opening))

    def _closed_text(self, opens: Utc | None) -> str:
        if opens is None:
            return _("Closed")
        text = _("Closed, opens %(when)s", when=self._when_text(opens))
        until = schedule.closes_at(self.hours, str(self.zone), opens)
        if until is None or until - opens > _DAY:
            return text
        local = until.astimezone(self.zone)
        time = clock(until, self.zone) if (local.hour, local.minute) != (0, 0) else _("midnight")
        return _("%(opens)s, until %(time)s", opens=text, time=time)

    def _usual_end(self, until: Utc) -> str:
        """Return the usual closing time of this weekday if this differs from it, else empty."""
        if self.days.special_day(self.days.today) is None:
            return ""
        usual = self.days.usual_end()
        return "" if usual == clock(until, self.zone) else usual

    def _special_day_texts(self) -> Iterator[str]:
        ahead = [
            exception
            for exception in self.days.schedule.exceptions
            if exception.date > self.days.today
        ]
        if not ahead:
            return
        first = min(ahead, key=lambda exception_day: exception_day.date)
        why = self.days.reasons.get(first.date)
        how = f"{format_spans(first.windows)}, {why}" if why else format_spans(first.windows)
        day_name = format_day(first.date, "EEEE d MMMM")
        yield _("Next special day: %(day)s, %(how)s", day=day_name, how=how)

    def _end_text(self, until: Utc) -> str:
        return format_until(until, self.now, self.zone)

    def _when_text(self, at: Utc) -> str:
        """Return the opening time with its day, such as *tomorrow at 09:00*."""
        local_day = at.astimezone(self.zone).date()
        days, time = (local_day - self.days.today).days, clock(at, self.zone)
        if days == 0:
            return _("at %(time)s", time=time)
        if days == 1:
            return _("tomorrow at %(time)s", time=time)
        if days < len(day_names()):
            return _("%(day)s at %(time)s", day=day_names()[local_day.weekday()], time=time)
        return _("on %(day)s at %(time)s", day=day(at, self.now, self.zone), time=time)
