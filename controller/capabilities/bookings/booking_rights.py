"""Checks whether a member may book: whether `decide()` would grant access at that time."""

from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy.orm import Session

from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.bookings.shapes import BookingWarning
from controller.domain.access.decide import decide
from controller.domain.access.decision import Decision, DenyReason
from controller.domain.facts import AccessPoint, Assurance, Context, Holder, Site
from controller.domain.locale.catalogue import Translator
from controller.domain.locale.decision import Text, explain
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import AccessDenied
from controller.kernel.shapes import DecisionText
from controller.kernel.translation import in_every_language
from controller.policy import facts_of

RIGHTS = frozenset(
    {
        DenyReason.MEMBER_SUSPENDED,
        DenyReason.SUBSCRIPTION_MISSING,
        DenyReason.SUBSCRIPTION_EXPIRED,
        DenyReason.OUTSIDE_PLAN_HOURS,
        DenyReason.SITE_CLOSED,
        DenyReason.CERTIFICATION_MISSING,
        DenyReason.CERTIFICATION_EXPIRED,
        DenyReason.CERTIFICATION_SUSPENDED,
        DenyReason.DOCUMENT_MISSING,
    }
)
"""Reasons for a denial that can be known in advance. Others depend on who is present, the badge, or
faults."""
_PROVEN = Context(assurance=Assurance.AES, clock_trusted=True, policy_age_s=0.0)


@dataclass(frozen=True, slots=True)
class Rights:
    """The facts for `decide()` about a member and a machine or zone, at a future time."""

    holder: Holder | None
    point: AccessPoint
    site: Site

    def denial(self, starts_at: Utc, ends_at: Utc) -> Decision | None:
        """Return the denial at the start, else at the end; None if access would be granted."""
        return self.denial_at(starts_at) or self.denial_at(last_moment_before(ends_at))

    def denial_at(self, at: Utc) -> Decision | None:
        """Return the denial at a moment; None if access would be granted, as far as is known."""
        decision = decide(self.holder, self.point, self.site, at, _PROVEN)
        return decision if decision.reason in RIGHTS else None

    def denial_text(self, decision: Decision, translator: Translator, now: Utc) -> Text:
        """Return the reason as text, with days counted from `now`."""
        return explain(replace(decision, at=now), self.point, self.site, translator)


def last_moment_before(ends_at: Utc) -> Utc:
    """Return the last moment before an end."""
    return Utc.of(ends_at - timedelta(milliseconds=1))


def rights(
    db: Session, site_id: str, member_id: str, *, machine: str | None, zone: str | None, at: Utc
) -> Rights:
    """Return the facts about a member and a machine, or else a zone, at that time."""
    point = facts_of.entrance(zone or "")
    if machine is not None:
        access_point = facts_of.point(db, site_id, machine, at)
        point = replace(access_point, in_service=True, commissioned=True, needs=())
    return Rights(
        holder=facts_of.rights_of(db, member_id, site_id, at),
        point=point,
        site=facts_of.site(db, site_id, at),
    )


def check_rights(db: Session, row: BookingRow, *, actor: Actor, now: Utc) -> BookingWarning | None:
    """Raise AccessDenied, with the reason, if the member would have no access at start or end.

    The desk, which books for others, gets a warning instead: the member may take a missing course
    before then, and access is checked again at the tap. Returns None if access would be granted.
    """
    for at in (max(row.starts_at, now), last_moment_before(row.ends_at)):
        checked_rights = rights(
            db, row.site_id, row.member_id, machine=row.access_point_id, zone=row.zone_id, at=at
        )
        decision = checked_rights.denial_at(at)
        if decision is not None and decision.reason is not None:
            return _deny_or_warn(
                row, decision.reason, _text(db, checked_rights, decision, now), actor
            )
    return None


def _text(db: Session, checked_rights: Rights, decision: Decision, now: Utc) -> DecisionText:
    return in_every_language(
        db, lambda words: str(checked_rights.denial_text(decision, words, now))
    )


def _deny_or_warn(
    row: BookingRow, reason: DenyReason, text: DecisionText, actor: Actor
) -> BookingWarning:
    if actor.member_id == row.member_id or not actor.may(Permission.MEMBERS_WRITE, row.site_id):
        raise AccessDenied(reason, text)
    return BookingWarning(reason=reason, text=text)
