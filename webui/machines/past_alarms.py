"""Past and recent alarms of a machine or door in words: stops, silent meters, doors held open."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from controller.capabilities.alarms.alarms import Alarm
from controller.domain.time import Utc
from controller.kernel.capability import AlarmKind
from controller.kernel.names import short_login
from webui.alarms.views import alarm_texts
from webui.i18n import _
from webui.i18n.dates import format_relative, format_remaining, moment
from webui.parts import Part, plain, strong, time_part


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAlarm:
    """One past alarm: its title with its duration, then when it was raised and who handled it."""

    title: str
    parts: tuple[Part, ...]
    active: bool


def past_alarm(
    raised: Alarm, kinds: Mapping[str, AlarmKind], now: Utc, zone: ZoneInfo
) -> PastAlarm:
    """Put an alarm into words, in the current language."""
    title, _todo = alarm_texts(raised.kind, kinds)
    end = raised.cleared_at or raised.resolved_at
    if end is not None and end > raised.raised_at:
        lasted = format_remaining((end - raised.raised_at).total_seconds())
        title = _("%(what)s, %(time)s", what=title, time=lasted)
    at = format_relative(raised.raised_at, now, zone)
    parts: list[Part] = [time_part("", moment(at, raised.raised_at, zone))]
    if raised.active:
        parts.append(strong(_("still active")))
    if raised.resolved_by:
        parts.append(plain(_("resolved by %(who)s", who=short_login(raised.resolved_by))))
    elif raised.taken_by:
        parts.append(plain(_("%(name)s is taking care of it", name=short_login(raised.taken_by))))
    return PastAlarm(title=title, parts=tuple(parts), active=raised.active)
