"""A machine's maintenance in words: what is left, what is late, what was done."""

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


def done_line(name: Label, found: MaintenanceDone, now: Utc, zone: Zone) -> DoneLine:
    """Return a line of the log: what was done, after how many hours of use, and by whom."""
    return DoneLine(
        at=day(found.at, now, zone),
        text=_("%(what)s, at %(n)s h", what=read_label(name), n=round(found.used_s / 3600)),
        by=short_login(found.by),
        remark=found.remark or "",
    )


def care_line(found: Maintenance, now: Utc, zone: Zone) -> CareLine:
    """Return the line of a maintenance task."""
    late = found.state in (UpkeepState.DUE, UpkeepState.OVERDUE)
    left = left_words(found, now, zone)
    return CareLine(
        id=found.id,
        since=found.since.text(),
        name=read_label(found.name),
        left=left,
        counted=_counted(found, now, zone),
        late=late,
        bar=Bar(percent=round(min(1.0, _reached(found, now)) * 100), label=left),
    )


def left_words(found: Maintenance, now: Utc, zone: Zone) -> str:
    """Return how much is left or by how much it is late, in hours or days, whichever comes
    first."""
    over_days = found.due_at is not None and found.due_at <= now
    if found.left_h is not None and (found.left_h <= 0 or not over_days):
        hours = format_remaining(round(abs(found.left_h)) * 3600 or 3600)
        if found.left_h <= 0:
            return _("%(time)s overdue", time=hours)
        return _("%(time)s left", time=hours)
    if found.due_at is None:
        return ""
    on = day(found.due_at, now, zone)
    return _("due since %(day)s", day=on) if over_days else _("on %(day)s", day=on)


def _counted(found: Maintenance, now: Utc, zone: Zone) -> str:
    since = day(found.since, now, zone)
    if found.every_h is None:
        return _("done on %(day)s, every %(n)s days", day=since, n=found.every_days or 0)
    used = round(found.used_h)
    if found.counts == "powered":
        return _("%(n)s h with power of %(of)s", n=used, of=found.every_h)
    return _("%(n)s h of work of %(of)s", n=used, of=found.every_h)


def _reached(found: Maintenance, now: Utc) -> float:
    parts = [0.0]
    if found.every_h is not None:
        parts.append(found.used_h / found.every_h)
    if found.due_at is not None and found.due_at > found.since:
        parts.append((now - found.since) / (found.due_at - found.since))
    return max(parts)
