"""Grants the certifications that trainers gave at machines, as reported in agents' events."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from controller.capabilities.badges import handing_over
from controller.capabilities.badges.at_reader import holder_at
from controller.capabilities.messages import write
from controller.capabilities.training import certify_rights, member_certifications, outcomes
from controller.capabilities.training.changes import CertificationRefused
from controller.capabilities.training.messages import CertifiedWithYourBadgeMessage
from controller.capabilities.training.models import CertificationRow, HeldRow
from controller.capabilities.training.shapes import Grant
from controller.domain.facts import AccessPoint, CertificationKind, Level, Name
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.capability import react
from controller.kernel.errors import Forbidden, ServiceError
from controller.kernel.projections import StoredEvent
from controller.policy import facts_of
from controller.policy.reading import from_json
from controller.wire.events import CertifiedAtMachine

MEMBER_PREFIX = "member:"
"""Prefix in `granted_by` of a member who certified at a machine by badge, without an account."""
_LEVELS = tuple(Level)


def certify(db: Session, events: Sequence[StoredEvent], now: Utc) -> None:
    """Grant the certifications that a trainer's and then a trainee's badge gave at a machine.

    Publishes each refused one as a `CertificationRefused`.
    """
    for event in events:
        if isinstance(event.event, CertifiedAtMachine):
            _certify(db, event, event.event, now)


def _certify(db: Session, stored_event: StoredEvent, event: CertifiedAtMachine, now: Utc) -> None:
    try:
        with db.begin_nested():
            _grant(db, stored_event, event, now)
    except ServiceError as refusal:
        react(
            db,
            CertificationRefused(
                event_id=event.event_id,
                site=stored_event.site,
                agent=stored_event.agent,
                access_point=event.access_point,
                certification_id=event.certification,
                reason=str(refusal),
                at=stored_event.best_time,
            ),
        )


def _grant(db: Session, stored_event: StoredEvent, event: CertifiedAtMachine, now: Utc) -> None:
    """Certify, if our own rules allow it: an agent's report alone is not enough (decision 0200).

    Raises ServiceError.
    """
    at, certification = stored_event.best_time, event.certification
    point = _requiring_point(db, stored_event, event)
    people = (holder_at(db, ref, point, stored_event) for ref in (event.trainer, event.trainee))
    (trainer, _), (trainee, _) = people
    actor = Actor(
        ref=f"{MEMBER_PREFIX}{trainer.id}",
        member_id=trainer.id,
        roles={trainee.site_id: frozenset({Role.TRAINER})},
    )
    row = db.get(HeldRow, (trainee.id, certification))
    is_older = row is not None and at < row.granted_at <= now
    current_level = certify_rights.level_now(db, trainee.id, certification, at)
    level = (
        event.level if current_level is None else max(event.level, current_level, key=_LEVELS.index)
    )
    if is_older or level is current_level:
        # Nothing changes, but a trainer without the right to certify is still refused.
        certify_rights.check_change(db, actor, trainee, certification, frozenset(), at)
        return
    grant = Grant(level=level)
    member_certifications.grant(db, trainee.id, certification, grant, actor=actor, now=at)
    outcomes.note_passed_at_machine(
        db, trainee.id, certification, site_id=stored_event.site, actor=actor, at=at
    )
    message = CertifiedWithYourBadgeMessage(
        certification=from_json(db.get_one(CertificationRow, certification).name, Name),
        machine=point.name,
        at=at.text(),
    )
    for number, address in enumerate(handing_over.notice_addresses(db, trainer, now)):
        key, site_id = f"{event.event_id}/{number}", stored_event.site
        write.to_member_at(db, trainer, address, message, site_id=site_id, key=key, now=now)


def _requiring_point(
    db: Session, stored_event: StoredEvent, event: CertifiedAtMachine
) -> AccessPoint:
    """Return the machine at which it happened.

    Raises NotFound, and Forbidden unless the machine requires that certification.
    """
    if event.access_point is None:
        raise Forbidden("the event names no access point")
    point = facts_of.point(db, stored_event.site, event.access_point, stored_event.best_time)
    row = db.get(CertificationRow, event.certification)
    is_required = any(event.certification in group for group in point.requirement.certifications)
    if row is None or row.kind is CertificationKind.DOCUMENT or not is_required:
        raise Forbidden(f"{point.id} does not require {event.certification}")
    return point
