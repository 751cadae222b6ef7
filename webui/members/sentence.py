"""A member's access in one sentence: until when and with what, or why not and what to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import url_for

from controller.capabilities.access.explain import PointDecision, decision_text
from controller.capabilities.members.shapes import Member, Suspension
from controller.domain.access.decision import DenyReason
from controller.domain.facts import MemberStatus, PointKind
from controller.domain.time import Utc
from webui.i18n import _, translator
from webui.i18n.dates import Zone, day, format_relative, format_until, is_date
from webui.members.access_check import NOT_NOW
from webui.members.missing_items import CERTIFICATION_REASONS, lack_words, name_of_point, remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """The sentence at the top of the page, and `more` text below it; `look` is yes, no or later."""

    look: str
    icon: str
    text: str
    more: tuple[str, ...] = ()
    refuses: bool = False
    """Whether the member has no access now."""
    do: str = ""
    """The label of the button; empty: no button."""
    href: str = ""


def sentence(
    member: Member,
    suspension: Suspension | None,
    decisions: Sequence[PointDecision],
    plan: str,
    now: Utc,
    zone: Zone,
    names: Mapping[str, str],
) -> Sentence:
    """Return the sentence about a member at this site.

    `plan` is the member's current access as a sentence, `names` are those of certifications.
    """
    if member.status is MemberStatus.LEFT:
        text = _("No longer a member of the place.")
        return Sentence(look="no", icon="user-x", text=text, refuses=True)
    if member.status is MemberStatus.SUSPENDED:
        return _suspended_sentence(member, suspension, now, zone)
    if not decisions:
        return Sentence(
            look="later", icon="clock", text=_("This place has no doors or machines yet.")
        )
    doors = [verdict for verdict in decisions if verdict.point.kind is PointKind.DOOR] or list(
        decisions
    )
    open_ones = [door for door in doors if door.decision.granted]
    if open_ones:
        return _granted_sentence(open_ones, plan, now, zone)
    nearest = min(doors, key=_ease)
    if _is_out_of_hours(nearest):
        return _later_sentence(nearest, now, zone)
    return _denied_sentence(member, nearest, names)


def _ease(door: PointDecision) -> tuple[bool, bool, int]:
    """Sort key of doors, the most easily opened first.

    First come doors that a plan opens at other hours, then those that lack something this page can
    give, then those whose obstacle is temporary.
    """
    return not _is_out_of_hours(door), not door.missing_rights, len(door.missing_rights)


def _is_out_of_hours(door: PointDecision) -> bool:
    return door.decision.reason is DenyReason.OUTSIDE_PLAN_HOURS and not door.missing_rights


def _later_sentence(door: PointDecision, now: Utc, zone: Zone) -> Sentence:
    """Return the sentence for a door that only opens at other hours."""
    opens = door.decision.detail.reopens_at
    more: tuple[str, ...] = ()
    if opens is not None:
        when = format_relative(opens, now, zone)
        more = (_("Opens next: %(door)s, %(when)s.", door=name_of_point(door), when=when),)
    text = _("Not yet: outside the hours of the plan or pass.")
    return Sentence(look="later", icon="clock", text=text, more=more, refuses=True)


def _suspended_sentence(member: Member, why: Suspension | None, now: Utc, zone: Zone) -> Sentence:
    more: list[str] = []
    if why is not None:
        since = day(why.at, now, zone)
        by = why.by_name or _("a manager")
        more.append(_("Since %(day)s, by %(name)s.", day=since, name=by))
        if why.reason:
            more.append(_("Reason: %(reason)s", reason=why.reason))
    text = _("Can’t come in: access suspended.")
    return Sentence(look="no", icon="ban", text=text, more=tuple(more), refuses=True)


def _granted_sentence(
    granted: Sequence[PointDecision], plan: str, now: Utc, zone: Zone
) -> Sentence:
    ends = [verdict.decision.detail.hours_until for verdict in granted]
    last = max((end for end in ends if end is not None), default=None)
    until = None if None in ends or last is None else format_until(last, now, zone)
    text = _("Can come in until %(time)s", time=until) if until else _("Can come in")
    if until and is_date(until):
        text = _("Can come in until %(day)s", day=until)
    first = granted[0]
    count = len(first.decision.notices)
    notices = decision_text(first, translator()).lines[-count:] if count else ()
    more = tuple(filter(None, (plan, *_quoted(notices))))
    return Sentence(look="yes", icon="circle-check", text=f"{text}.", more=more)


def _denied_sentence(member: Member, decision: PointDecision, names: Mapping[str, str]) -> Sentence:
    """Return the missing rights at this door; without any, return the reason that denies access
    now."""
    lacks = [decision.with_decision(lack) for lack in decision.missing_rights]
    reason = (lacks[0] if lacks else decision).decision.reason
    why = ", ".join(lack_in_sentence(lack, names) for lack in lacks) or _lower_first(
        decision_text(decision, translator()).title
    )
    later = not lacks and reason in NOT_NOW
    text = _("Can’t come in: %(why)s.", why=why)
    if later:
        text = _("Can’t come in now: %(why)s.", why=why)
    do, anchor = remedy(reason)
    if reason in CERTIFICATION_REASONS:
        do, anchor = _("See what is missing"), "missing"
    return Sentence(
        look="later" if later else "no",
        icon="clock" if later else "circle-x",
        text=text,
        more=_more_lines(decision, lacks),
        refuses=True,
        do=do,
        href=url_for("member.show", member=member.id, _anchor=anchor) if anchor else "",
    )


def lack_in_sentence(lack: PointDecision, names: Mapping[str, str]) -> str:
    """Return what is missing, in lower case."""
    reason = lack.decision.reason
    if reason is DenyReason.CREDENTIAL_UNKNOWN:
        return _("no badge yet")
    title = _lower_first(decision_text(lack, translator()).title)
    return f"{title} ({lack_words(lack, names)})" if reason in CERTIFICATION_REASONS else title


def _more_lines(decision: PointDecision, lacks: Sequence[PointDecision]) -> tuple[str, ...]:
    """Return the further lines about the only thing that is missing; none if several are."""
    if len(lacks) > 1:
        return ()
    (only,) = lacks or (decision,)
    if only.decision.reason is DenyReason.CREDENTIAL_UNKNOWN:
        return (_("Give them a badge: it works at once."),)
    return _quoted(decision_text(only, translator()).lines)


def _quoted(lines: Sequence[str]) -> tuple[str, ...]:
    """Return the lines in quotation marks, since the reader's display addresses the member."""
    if not lines:
        return ()
    return (_("The reader shows them: “%(words)s”", words=" ".join(lines)),)


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
