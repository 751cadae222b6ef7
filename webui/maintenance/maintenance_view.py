"""A machine's maintenance as text: time left, overdue tasks, the log."""

from dataclasses import dataclass

from controller.capabilities.maintenance.shapes import Maintenance, MaintenanceDone, UpkeepState
from controller.domain.time import Utc
from controller.kernel.names import short_login
from controller.kernel.shapes import Label
from webui.i18n import _
from webui.i18n.dates import Zone, day, format_remaining
from webui.naming import read_label
from webui.parts import Bar


@dataclass(frozen=True, slots=True, kw_only=True)
class CareLine:
    """A recurring maintenance task."""

    id: str
    since: str
    """When its counter started; sent with the form, so that a change in between is noticed."""
    name: str
    left: str
    """How much time is left, or by how much it is overdue."""
    counted: str
    """How far its counter has come."""
    late: bool
    bar: Bar


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneLine:
    """One entry of the maintenance log."""

    at: str
    text: str
    by: str
    remark: str


def done_line(name: Label, entry: MaintenanceDone, now: Utc, zone: Zone) -> DoneLine:
    """Return a line of the log: what was done, after how many hours of use, and by whom."""
    return DoneLine(
        at=day(entry.at, now, zone),
        text=_("%(what)s, at %(n)s h", what=read_label(name), n=round(entry.used_s / 3600)),
        by=short_login(entry.by),
        remark=entry.remark or "",
    )


def care_line(maintenance: Maintenance, now: Utc, zone: Zone) -> CareLine:
    """Return the line of a maintenance task."""
    late = maintenance.state in (UpkeepState.DUE, UpkeepState.OVERDUE)
    left = left_words(maintenance, now, zone)
    return CareLine(
        id=maintenance.id,
        since=maintenance.since.text(),
        name=read_label(maintenance.name),
        left=left,
        counted=_counter_text(maintenance, now, zone),
        late=late,
        bar=Bar(percent=round(min(1.0, _reached_share(maintenance, now)) * 100), label=left),
    )


def left_words(maintenance: Maintenance, now: Utc, zone: Zone) -> str:
    """Return how much is left or by how much it is late, in hours or days, whichever comes
    first."""
    over_days = maintenance.due_at is not None and maintenance.due_at <= now
    if maintenance.left_h is not None and (maintenance.left_h <= 0 or not over_days):
        hours = format_remaining(round(abs(maintenance.left_h)) * 3600 or 3600)
        if maintenance.left_h <= 0:
            return _("%(time)s overdue", time=hours)
        return _("%(time)s left", time=hours)
    if maintenance.due_at is None:
        return ""
    on = day(maintenance.due_at, now, zone)
    return _("due since %(day)s", day=on) if over_days else _("on %(day)s", day=on)


def _counter_text(maintenance: Maintenance, now: Utc, zone: Zone) -> str:
    since = day(maintenance.since, now, zone)
    if maintenance.every_h is None:
        return _("done on %(day)s, every %(n)s days", day=since, n=maintenance.every_days or 0)
    used_h = round(maintenance.used_h)
    if maintenance.counts == "powered":
        return _("%(n)s h with power of %(of)s", n=used_h, of=maintenance.every_h)
    return _("%(n)s h of work of %(of)s", n=used_h, of=maintenance.every_h)


def _reached_share(maintenance: Maintenance, now: Utc) -> float:
    parts = [0.0]
    if maintenance.every_h is not None:
        parts.append(maintenance.used_h / maintenance.every_h)
    if maintenance.due_at is not None and maintenance.due_at > maintenance.since:
        parts.append((now - maintenance.since) / (maintenance.due_at - maintenance.since))
    return max(parts)
