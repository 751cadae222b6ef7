"""What an event changes among the facts: a certification given at a machine, or kept up by use."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.alarms.projection import raise_alarm
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.plans import passes
from controller.capabilities.presence import evacuations, presence
from controller.capabilities.training import held
from controller.capabilities.training.models import CertificationRow, HeldRow, ValidityKind
from controller.capabilities.training.shapes import Grant
from controller.domain.facts import HeldStatus, Level
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.errors import NotFound, ServiceError
from controller.kernel.happened import Happened
from controller.kernel.roles import Role
from controller.wire.events import (
    AccessGranted,
    CertifiedAtMachine,
    DoorOpened,
    Fire,
    SessionStarted,
)


def take_effect(db: Session, events: Sequence[Happened], now: Utc) -> None:
    """Change the facts as these events say. Only for events stored for the first time.

    Unlike projections, facts are not made again from events: people edit them as well.
    """
    for each in events:
        match each.event:
            case CertifiedAtMachine() as event:
                _certify(db, each, event)
            case DoorOpened(member=str()) as event:
                _move(db, each, event, now)
            case Fire(active=True) if not each.late:
                evacuations.start_by_fire(db, each.site, each.agent, each.latest)
    _spend_passes(db, events)
    _keep_up(db, events)


def _spend_passes(db: Session, events: Sequence[Happened]) -> None:
    """A grant spends a day of whoever has nothing but a pass."""
    grants = [
        (event.member, each.site, event.access_point, each.latest)
        for each in events
        if isinstance(event := each.event, AccessGranted) and event.member and event.access_point
    ]
    with_pass = passes.have_any(db, (member for member, *_ in grants)) if grants else set()
    for member, site, point, at in grants:
        if member in with_pass:
            passes.spend(db, member, site, point, at)


def _move(db: Session, each: Happened, event: DoorOpened, now: Utc) -> None:
    """A person moves zone when the door really opens; the newest move counts, late or not."""
    if event.zone is None and event.from_zone is None:
        return
    known = db.scalar(select(ZoneRow.id).where(ZoneRow.id == event.zone))
    presence.move(
        db, each.site, known, event.member or "", heads=event.headcount, at=each.latest, now=now
    )


def _certify(db: Session, each: Happened, event: CertifiedAtMachine) -> None:
    try:
        with db.begin_nested():
            _grant(db, each, event)
    except ServiceError as refusal:
        raise_alarm(
            db,
            key=f"event:{event.event_id}",
            site=each.site,
            agent=each.agent,
            kind="certification_refused",
            at=each.latest,
            detail={"certification": event.certification, "reason": str(refusal)},
        )


def _grant(db: Session, each: Happened, event: CertifiedAtMachine) -> None:
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
    held.grant(
        db, trainee.id, event.certification, Grant(level=level), actor=actor, now=each.latest
    )


def _member(db: Session, ref: str) -> MemberRow:
    row = db.scalar(select(MemberRow).where(MemberRow.ref == ref))
    if row is None:
        raise NotFound("member", ref)
    return row


def _keep_up(db: Session, events: Sequence[Happened]) -> None:
    """Machines used move the end of certifications that end by disuse."""
    starts = [
        (each, each.event)
        for each in events
        if isinstance(each.event, SessionStarted) and each.event.member and each.event.access_point
    ]
    if not starts:
        return
    disuse = select(CertificationRow.id).where(
        CertificationRow.validity_kind == ValidityKind.DISUSE
    )
    perishable = set(db.scalars(disuse))
    if not perishable:
        return
    for each, event in starts:
        point = db.get(AccessPointRow, event.access_point)
        asked = [] if point is None else point.requirement.get("certifications", [])
        wanted = perishable & {name for any_of in asked for name in any_of}
        if wanted and event.member is not None:
            held.used(db, event.member, sorted(wanted), at=each.latest)
