"""The machine hours that are counted for projects in the last twelve months."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from controller.capabilities.statistics import naming
from controller.capabilities.statistics.periods import Period
from controller.capabilities.statistics.shapes import Figure
from controller.capabilities.usage import report
from controller.capabilities.usage.shapes import Usage, UsageSplit
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from webui.guard import actor, is_allowed, site, site_zone
from webui.i18n.dates import month_name
from webui.naming import read_label
from webui.parts import Bar
from webui.statistics.formatting import hours

MONTHS = 12
"""Over how many months machine hours are counted, this one included."""
BarLine = tuple[Bar, str]
"""The bar of a machine or a month, and its hours in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectUse:
    """The machine hours of a project, by machine and by month."""

    machines: tuple[BarLine, ...]
    months: tuple[BarLine, ...]


def read_rows(db: Session, now: Utc) -> Sequence[Usage]:
    """Return the use of these months by project; none for readers who may not see it."""
    if not is_allowed(Permission.REPORTS_READ):
        return ()
    this = f"{now.astimezone(site_zone()):%Y-%m}"
    first, split = Period(this, this).shifted(1 - MONTHS).first, UsageSplit.PROJECT
    return report.report(db, site().id, first=first, last=this, split=split, actor=actor(), now=now)


def sums(rows: Iterable[Usage], part: Callable[[Usage], str | None]) -> Counter[str]:
    """Return the milliseconds of machines in use, by part of the rows that have one."""
    amounts: Counter[str] = Counter()
    for row in rows:
        if (key := part(row)) is not None and row.active_s:
            amounts[key] += round(row.active_s * 1000)
    return amounts


def project_use(db: Session, rows: Sequence[Usage]) -> ProjectUse:
    """Return the use from the rows of a project; most hours and latest month come first."""
    machines = sums(rows, lambda row: row.access_point).most_common()
    months = sorted(sums(rows, lambda row: row.month).items(), reverse=True)
    names = naming.names(db, site().id)
    labels = {key: names.get((Figure.MACHINE_TIME, key)) for key, _amount in machines}
    named = [(read_label(label) if (label := labels[key]) else key, n) for key, n in machines]
    return ProjectUse(
        machines=_bar_lines(named),
        months=_bar_lines([(month_name(month), n) for month, n in months]),
    )


def _bar_lines(amounts: Sequence[tuple[str, int]]) -> tuple[BarLine, ...]:
    most = max((n for _text, n in amounts), default=0)
    return tuple((Bar(percent=round(100 * n / most), label=text), hours(n)) for text, n in amounts)
