"""New people in the preview of an import."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from controller.capabilities.badges.vault import mask
from controller.capabilities.imports.bundle import BundlePreview
from controller.capabilities.member_files.columns import Line
from webui.guard import site_zone
from webui.i18n import _
from webui.i18n.dates import format_day


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPersonLine:
    """A new person as their line was read, so that errors are visible before the import."""

    line: int
    name: str
    plan: str
    ends: str
    badge: str


def new_person_lines(preview: BundlePreview, plans: Mapping[str, str]) -> tuple[NewPersonLine, ...]:
    """Return the first new people; `plans` are the plans' names, by id."""
    zone = site_zone()
    return tuple(
        NewPersonLine(
            line=line.number,
            name=line.member.display_name,
            plan=plans.get(line.plan, line.plan) if line.plan else _("without a plan"),
            ends=_last_day_text(line, zone),
            badge=mask(line.badge) if line.badge else _("without a badge"),
        )
        for line in preview.sample
    )


def _last_day_text(line: Line, zone: ZoneInfo) -> str:
    """Return the last day of the plan, as the file states it; the stored end is the midnight after
    it."""
    if line.plan is None:
        return ""
    if line.ends is None:
        return _("no end date")
    return format_day(line.ends.astimezone(zone).date() - timedelta(days=1), "d MMMM y")
