"""An open cell of the certification matrix: the state as a sentence, and the possible actions."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from controller.capabilities.training.matrix import SOON
from controller.capabilities.training.shapes import Held, HeldStep
from controller.domain.facts import HeldStatus, Level
from controller.domain.time import Utc
from webui.i18n import _, plural
from webui.i18n.dates import day, last_date, last_day
from webui.members.member_view import CertificationName, level_label
from webui.parts import Option


@dataclass(frozen=True, slots=True, kw_only=True)
class CellPanel:
    """The panel of one member and one certification."""

    member: str
    name: str
    certification: str
    certification_name: str
    is_document: bool
    title: str
    """The state as a short sentence."""
    look: str
    given_text: str
    """When and by whom it was given, as a sentence."""
    reason: str
    """Why it is suspended; empty: it is not."""
    required_by: str
    """Which machines require it, as a sentence."""
    levels: tuple[Option, ...]
    """The levels that may be given now, the present one marked; empty: none."""
    until: str
    """When it would end if it were given now, in words."""
    renewed: str
    """Text of the button that gives the present level again, until then; empty: there is none."""
    founding: bool
    """Whether the member would be the first trainer, which requires a reason."""
    change: str
    """`suspend` or `restore` if that is possible, else empty."""
    why_not: str
    """Why no action is possible; empty: at least one is."""


def cell_panel(
    member: tuple[str, str],
    certification: tuple[str, CertificationName],
    certification_held: Held | None,
    steps: Sequence[HeldStep],
    machines: Sequence[str],
    highest: Level | None,
    ends: Utc | None,
    founding: bool,
    now: Utc,
    zone: ZoneInfo,
) -> CellPanel:
    """Return the panel.

    `member` and `certification` are ids with names; `steps` is the history of the certification;
    `highest` is the highest level that the reader may give, None: none; `ends` is when it would end
    if it were given now.
    """
    title, look = _standing_texts(certification_held, now, zone)
    suspended = certification_held is not None and certification_held.status is HeldStatus.SUSPENDED
    may = highest is not None
    level = None if suspended or certification_held is None else certification_held.level
    levels = () if suspended else _level_options(highest, certification[1].document, level)
    until = _("until %(day)s", day=last_day(ends, now, zone)) if ends else ""
    may_renew = until and any(option.chosen for option in levels)
    return CellPanel(
        member=member[0],
        name=member[1],
        certification=certification[0],
        certification_name=certification[1].name,
        is_document=certification[1].document,
        title=title,
        look=look,
        given_text=_given_text(certification_held, now, zone),
        reason=(steps[-1].reason or "") if suspended and steps else "",
        required_by=_required_by_text(machines),
        levels=levels,
        until=until,
        renewed=_("Renew %(until)s", until=until) if may_renew else "",
        founding=founding,
        change=("restore" if suspended else "suspend") if certification_held and may else "",
        why_not="" if may else _("Only a trainer for that certification or a manager can do this."),
    )


def _level_options(
    highest: Level | None, document: bool, present: Level | None
) -> tuple[Option, ...]:
    if highest is None:
        return ()
    if document:
        text = _("Record as signed")
        return (Option(value=Level.USER, text=text, chosen=present is not None),)
    every = list(Level)
    return tuple(
        Option(value=level, text=level_label(level), chosen=level is present)
        for level in every[: every.index(highest) + 1]
    )


def _standing_texts(holding: Held | None, now: Utc, zone: ZoneInfo) -> tuple[str, str]:
    if holding is None:
        return _("Not yet."), ""
    if holding.status is HeldStatus.SUSPENDED:
        return _("Suspended."), "stop"
    level = level_label(holding.level)
    if holding.valid_until is None:
        return _("%(level)s, no end date.", level=level), ""
    until = last_day(holding.valid_until, now, zone)
    if holding.valid_until <= now:
        return _("Expired on %(day)s.", day=until), "stop"
    if holding.valid_until > now + SOON:
        return _("%(level)s, until %(day)s.", level=level, day=until), ""
    days = (last_date(holding.valid_until, zone) - now.astimezone(zone).date()).days
    left = plural("in %(n)s day", "in %(n)s days", days) if days else _("today")
    return _("Ends on %(day)s, %(left)s.", day=until, left=left), "soon"


def _given_text(holding: Held | None, now: Utc, zone: ZoneInfo) -> str:
    if holding is None:
        return ""
    at = day(holding.granted_at, now, zone)
    if holding.granted_by_name:
        return _("Given on %(day)s by %(name)s.", day=at, name=holding.granted_by_name)
    return _("Given on %(day)s.", day=at)


def _required_by_text(machines: Sequence[str]) -> str:
    if not machines:
        return _("No machine requires it at present.")
    return _("Required by: %(machines)s.", machines=", ".join(machines))
