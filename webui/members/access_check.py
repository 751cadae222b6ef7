"""*Can she use it?*: the answer of `decide()` at every machine and door, because, what next."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from flask import url_for

from controller.capabilities.access.explain import Judged, told
from controller.domain.access.reasons import DenyReason
from controller.domain.facts import PointKind
from webui.i18n import _, words
from webui.icons import machine_icon

NOT_NOW = frozenset(
    {
        DenyReason.POLICY_STALE,
        DenyReason.CLOCK_UNTRUSTED,
        DenyReason.OUTSIDE_PLAN_HOURS,
        DenyReason.SITE_CLOSED,
        DenyReason.OUT_OF_SERVICE,
        DenyReason.FAULT_LATCHED,
        DenyReason.SUPERVISOR_REQUIRED,
        DenyReason.COMPANY_REQUIRED,
        DenyReason.BOOKING_REQUIRED,
        DenyReason.BOOKED_BY_OTHER,
        DenyReason.IN_USE,
        DenyReason.ZONE_FULL,
        DenyReason.INTERLOCK_OPEN,
    }
)
"""Reasons that pass by themselves: the person has the right, only not at this moment."""
GIVEN_HERE = frozenset({DenyReason.CERTIFICATION_MISSING, DenyReason.DOCUMENT_MISSING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Yes, no or not now, as a word, an icon and a look (`yes`, `no`, `later`)."""

    look: str
    word: str
    icon: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CanRow:
    """Whether she can use one machine or door: the answer, because, what next."""

    name: str
    icon: str
    answer: Answer
    because: str
    next: tuple[str, ...] = ()
    give: str | None = None
    """Where to give the missing certification, when the reader of the page may."""


def can_rows(
    judged: Sequence[Judged], member: str, grantable: Collection[str]
) -> tuple[CanRow, ...]:
    """A row for each access point, machines first; `grantable`: what may be given here."""
    rows = [(each.point.kind, _row(each, member, grantable)) for each in judged]
    rows.sort(key=lambda each: (each[0] is PointKind.DOOR, each[1].name.casefold()))
    return tuple(row for _kind, row in rows)


def _row(judged: Judged, member: str, grantable: Collection[str]) -> CanRow:
    decision, point = judged.decision, judged.point
    text = told(judged, words())
    missing = [key for group in decision.detail.certifications for key in group]
    given_here = decision.reason in GIVEN_HERE
    offer = next((key for key in missing if given_here and key in grantable), None)
    return CanRow(
        name=point.name.read(words().language) or point.id,
        icon="door-closed" if point.kind is PointKind.DOOR else machine_icon(point.icon),
        answer=_answer(decision.reason),
        because=_("Peut l’utiliser") if decision.granted else text.title,
        next=text.lines,
        give=url_for("member.show", member=member, give=offer, _anchor="give") if offer else None,
    )


def _answer(reason: DenyReason | None) -> Answer:
    if reason is None:
        return Answer(look="yes", word=_("Oui"), icon="check")
    if reason in NOT_NOW:
        return Answer(look="later", word=_("Pas maintenant"), icon="clock")
    return Answer(look="no", word=_("Non"), icon="x")
