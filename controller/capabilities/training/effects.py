"""What events change in training: a certification given at a machine."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.training import member_certifications, outcomes
from controller.capabilities.training.changes import CertificationRefused
from controller.capabilities.training.models import HeldRow
from controller.capabilities.training.shapes import Grant
from controller.domain.facts import HeldStatus, Level
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.errors import NotFound, ServiceError
from controller.kernel.reactions import happen
from controller.kernel.roles import Role
from controller.kernel.stored_event import StoredEvent
from controller.wire.events import CertifiedAtMachine


def certify(db: Session, events: Sequence[StoredEvent], _now: Utc) -> None:
    """Give what a trainer's badge, then a trainee's, gave at a machine; what is refused is told."""
    for each in events:
        if isinstance(each.event, CertifiedAtMachine):
            _certify(db, each, each.event)


def _certify(db: Session, each: StoredEvent, event: CertifiedAtMachine) -> None:
    try:
        with db.begin_nested():
            _grant(db, each, event)
    except ServiceError as refusal:
        happen(
            db,
            CertificationRefused(
                event_id=event.event_id,
                site=each.site,
                agent=each.agent,
                certification_id=event.certification,
                reason=str(refusal),
                at=each.latest,
            ),
        )


def _grant(db: Session, each: StoredEvent, event: CertifiedAtMachine) -> None:
    trainer, trainee = _member(db, event.trainer), _member(db, event.trainee)
    actor = Actor(
        ref=f"member:{trainer.id}",
        member_id=trainer.id,
        roles={trainee.site_id: frozenset({Role.TRAINER})},
    )
    row = db.get(HeldRow, (trainee.id, event.certification))
    order = tuple(Level)
    level = event.level
    if row is not None and row.status is HeldStatus.ACTIVE:
        level = max(level, row.level, key=order.index)
    member_certifications.grant(
        db, trainee.id, event.certification, Grant(level=level), actor=actor, now=each.latest
    )
    outcomes.passed_at_machine(
        db, trainee.id, event.certification, site_id=each.site, actor=actor, at=each.latest
    )


def _member(db: Session, ref: str) -> MemberRow:
    row = db.scalar(select(MemberRow).where(MemberRow.ref == ref))
    if row is None:
        raise NotFound("member", ref)
    return row
