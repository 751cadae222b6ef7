"""The sentence above the opening hours: open until when, or closed until when."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from controller.domain import schedule
from controller.domain.facts import Schedule
from controller.domain.time import Utc
from webui.i18n import _
from webui.i18n.dates import clock, day, day_names, format_until, is_date
from webui.places.calendar import OpeningDays

_DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningSummary:
    """The state of opening at a moment."""

    hours: Schedule
    days: OpeningDays
    zone: ZoneInfo
    now: Utc

    def text(self) -> str:
        """Return the present state, until it changes."""
        until = self._closes_at()
        if until is not None:
            return self._open_text(until)
        zone = str(self.zone)
        if schedule.is_open(self.hours, zone, self.now):
            return _("Open day and night")
        opens = schedule.opens_next(self.hours, zone, self.now)
        if opens is None:
            return _("Closed")
        return _("Closed, opens %(when)s", when=self._when_text(opens))

    def usual_end(self) -> str:
        """Return when today's opening ends on another such weekday; empty: at the same time."""
        until = self._closes_at()
        if until is None or self.days.special_day(self.days.today) is None:
            return ""
        usual = self.days.usual_end()
        return "" if usual == clock(until, self.zone) or until - self.now > _DAY else usual

    def _closes_at(self) -> Utc | None:
        return schedule.closes_at(self.hours, str(self.zone), self.now)

    def _open_text(self, until: Utc) -> str:
        if until - self.now > _DAY:
            end = self._end_text(until)
            if is_date(end):
                return _("Open, closes on %(day)s", day=end)
            return _("Open, closes %(when)s", when=end)
        local = until.astimezone(self.zone)
        is_midnight = (local.hour, local.minute) == (0, 0)
        time = _("midnight") if is_midnight else clock(until, self.zone)
        return _("Open until %(time)s", time=time)

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
