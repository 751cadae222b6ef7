"""A person in one sentence: may she come in, until when, with what; if not, why and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from controller.capabilities.access.explain import Judged, told
from controller.capabilities.members.shapes import Member, Suspension
from controller.domain.access.reasons import DenyReason
from controller.domain.facts import MemberStatus, PointKind
from controller.domain.time import Utc
from webui.i18n import _, words
from webui.i18n.dates import Zone, clock, day
from webui.members.access_check import NOT_NOW

PLAN = frozenset(
    {
        DenyReason.SUBSCRIPTION_MISSING,
        DenyReason.SUBSCRIPTION_EXPIRED,
        DenyReason.OUTSIDE_PLAN_HOURS,
    }
)
BADGE = frozenset(
    {
        DenyReason.CREDENTIAL_UNKNOWN,
        DenyReason.CREDENTIAL_LOST,
        DenyReason.CREDENTIAL_SUSPENDED,
        DenyReason.CREDENTIAL_EXPIRED,
        DenyReason.CREDENTIAL_NOT_YET_VALID,
        DenyReason.ASSURANCE_TOO_LOW,
    }
)
CERTIFICATION = frozenset(
    {
        DenyReason.CERTIFICATION_MISSING,
        DenyReason.CERTIFICATION_EXPIRED,
        DenyReason.CERTIFICATION_SUSPENDED,
        DenyReason.DOCUMENT_MISSING,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """Said first. `look` is `yes`, `no` or `later`; `more` follows in plain text."""

    look: str
    icon: str
    text: str
    more: tuple[str, ...] = ()
    do: str = ""
    """What the button says."""
    href: str = ""


def sentence(
    found: Member,
    suspension: Suspension | None,
    judged: Sequence[Judged],
    plan: str,
    now: Utc,
    zone: Zone,
) -> Sentence:
    """About a member at this site; `plan`: what she comes in with, in words."""
    if found.status is MemberStatus.LEFT:
        return Sentence(look="no", icon="user-x", text=_("Ne fait plus partie du lieu."))
    if found.status is MemberStatus.SUSPENDED:
        return _suspended(found, suspension, now, zone)
    if not judged:
        return Sentence(look="later", icon="clock", text=_("Rien ne s’ouvre encore dans ce lieu."))
    doors = [each for each in judged if each.point.kind is PointKind.DOOR] or list(judged)
    open_ones = [each for each in doors if each.decision.granted]
    if open_ones:
        return _may(open_ones, plan, now, zone)
    return _may_not(found, min(doors, key=lambda each: _severity(each.decision.reason)))


def _suspended(found: Member, why: Suspension | None, now: Utc, zone: Zone) -> Sentence:
    more: list[str] = []
    if why is not None:
        since = day(why.at, now, zone)
        by = why.by_name or _("un responsable")
        more.append(_("Depuis le %(day)s, par %(name)s.", day=since, name=by))
        if why.reason:
            more.append(_("Motif : %(reason)s", reason=why.reason))
    return Sentence(
        look="no", icon="ban", text=_("Ne peut pas entrer : accès suspendu."), more=tuple(more)
    )


def _may(granted: Sequence[Judged], plan: str, now: Utc, zone: Zone) -> Sentence:
    ends = [each.decision.detail.hours_until for each in granted]
    last = max((each for each in ends if each is not None), default=None)
    until = None if None in ends or last is None else _moment(last, now, zone)
    text = _("Peut entrer jusqu’à %(time)s", time=until) if until else _("Peut entrer")
    first = granted[0]
    notices = ""
    if first.decision.notices:  # worded for who holds the badge, so they are quoted
        lines = told(first, words()).lines[-len(first.decision.notices) :]
        notices = _("Le lecteur lui dit : « %(words)s »", words=" ".join(lines))
    more = (plan, notices)
    return Sentence(
        look="yes", icon="circle-check", text=f"{text}.", more=tuple(filter(None, more))
    )


def _moment(at: Utc, now: Utc, zone: Zone) -> str:
    same_day = at.astimezone(zone).date() == now.astimezone(zone).date()
    return clock(at, zone) if same_day else day(at, now, zone)


def _may_not(found: Member, judged: Judged) -> Sentence:
    reason = judged.decision.reason
    text = told(judged, words())
    look = "later" if reason in NOT_NOW else "no"
    do, anchor = _way(reason)
    no_badge = reason is DenyReason.CREDENTIAL_UNKNOWN
    title = _("pas encore de badge") if no_badge else _lower(text.title)
    more = (_("Donnez-lui un badge : il marche aussitôt."),) if no_badge else text.lines
    said = _("Ne peut pas entrer maintenant : %(why)s.", why=title)
    if look == "no":
        said = _("Ne peut pas entrer : %(why)s.", why=title)
    href = url_for("member.show", member=found.id, _anchor=anchor) if anchor else ""
    return Sentence(
        look=look,
        icon="clock" if look == "later" else "circle-x",
        text=said,
        more=more,
        do=do,
        href=href,
    )


def _way(reason: DenyReason | None) -> tuple[str, str]:
    """What mends it on this page: a button's words, and where it leads."""
    if reason in PLAN:
        return _("Donner un abonnement"), "subscribe"
    if reason in BADGE:
        return _("Donner un badge"), "enrol"
    if reason in CERTIFICATION:
        return _("Voir ce qui manque"), "missing"
    return "", ""


def _severity(reason: DenyReason | None) -> bool:
    """What this page can mend is said before what passes by itself."""
    return reason in NOT_NOW


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
