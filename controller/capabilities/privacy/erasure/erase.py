"""Erase a member: on their own wish, by a manager or the data-protection officer, or in time."""

import logging
from collections.abc import Iterable, Mapping

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from controller.capabilities.accounts import accounts
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.groups.models import WindowRow
from controller.capabilities.machines.models import PointStateRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.presence.models import PresenceRow
from controller.capabilities.privacy.erasure import rows, texts
from controller.capabilities.privacy.erasure.due import due_members
from controller.capabilities.privacy.erasure.person import Person, pattern, person_of
from controller.capabilities.privacy.erasure.traces import forget_person
from controller.capabilities.training.models import HeldHistory
from controller.capabilities.usage.models import SessionRow
from controller.domain.facts import Language
from controller.domain.time import Utc
from controller.domain.words.catalogue import N_
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.commit import tell
from controller.kernel.database import Database
from controller.kernel.errors import Conflict, Invalid, NotFound, ServiceError
from controller.kernel.models import AuditEntry
from controller.kernel.rows import found
from controller.kernel.shapes import Note, Shape
from controller.kernel.words import words

_log = logging.getLogger(__name__)


class Erasure(Shape, frozen=True, kw_only=True):
    """Why somebody is erased; it stays in the audit, and so must not name them."""

    reason: Note


class Stays(Shape, frozen=True, kw_only=True):
    """Something that is kept after an erasure, and why."""

    what: str
    rows: int
    fr: str
    en: str


class Erased(Shape, frozen=True, kw_only=True):
    """What an erasure did: rows by table, and what stays."""

    member_id: str
    removed: dict[str, int]
    stays: tuple[Stays, ...]


def erase(db: Session, member_id: str, new: Erasure, *, actor: Actor, now: Utc) -> Erased:
    """Delete the link between a name and what happened, and everything held about the person.

    Oneself, or whoever may handle personal data at the member's site. Raises NotFound; Invalid
    when the reason names them; Conflict while they are in, use a machine or supervise, and for
    the last admin of a site. The caller calls `Database.drop_old_pages` after the commit.
    """
    member = found(db, MemberRow, member_id, "member")
    if actor.member_id != member_id and not actor.may(Permission.PERSONAL_DATA, member.site_id):
        raise NotFound("member", member_id)
    person = person_of(db, member)
    if pattern(person.names).search(new.reason):
        raise Invalid.of("reason", "it stays in the audit: leave the person's name out of it")
    _check_absent(db, person, now)
    return _erase(db, member, person, new.reason, actor, now)


def erase_due(database: Database, site_id: str, before: Utc, *, actor: Actor, now: Utc) -> int:
    """Erase those of a site whose last subscription ended before a time; returns how many."""
    count = 0
    with database.read() as db:
        due = due_members(db, site_id, before)
    for key in due:
        try:
            with database.write() as db:
                if due_members(db, site_id, before, only=key):  # nobody has come back since
                    erase(db, key, Erasure(reason="retention"), actor=actor, now=now)
                    count += 1
        except ServiceError as refusal:
            _log.info("member %s is not erased yet: %s", key, type(refusal).__name__)
    return count


def erased_before(db: Session) -> list[str]:
    """Ids of the members whose erasure the audit tells of."""
    erased = AuditEntry.action == "member_erased"
    subjects = db.scalars(select(AuditEntry.subject).where(erased).order_by(AuditEntry.seq))
    return [each.removeprefix("member:") for each in subjects]


def erase_again(db: Session, members: Iterable[str], *, actor: Actor, now: Utc) -> int:
    """After a restore: a backup from before an erasure brings nobody back; returns how many."""
    count = 0
    for key in members:
        member = db.get(MemberRow, key)
        if member is not None:
            _erase(db, member, person_of(db, member), "restored from a backup", actor, now)
            count += 1
    return count


def _erase(
    db: Session, member: MemberRow, person: Person, reason: str, actor: Actor, now: Utc
) -> Erased:
    for account in db.scalars(select(AccountRow).where(AccountRow.member_id == member.id)).all():
        accounts.close(db, account, actor=actor, now=now)
    traces = forget_person(db, person)
    written = texts.take_out(db, person)
    steps = texts.naming_steps(db, person)
    rows.drop_answers(db)
    removed = rows.remove(db, person)
    removed |= {"event": traces, "free text": written, "held_history reasons": len(steps)}
    audit.record(
        db, actor, now, "member_erased", f"member:{person.id}", person.site_id, reason=reason
    )
    _remove_reasons(db, steps, actor, now, person.site_id)
    tell(db, person.site_id, "member", person.id)
    return Erased(
        member_id=person.id,
        stays=_stays(db, person),
        removed={name: count for name, count in removed.items() if count},
    )


def _check_absent(db: Session, person: Person, now: Utc) -> None:
    """Nobody vanishes from the roll of an evacuation, nor leaves a machine that runs to nobody."""
    inside = PresenceRow.zone_id.is_not(None) & (PresenceRow.member_ref == person.ref)
    if db.scalar(select(PresenceRow.id).where(inside)):
        raise Conflict("this person is in; check them out first")
    using = (
        select(SessionRow.id)
        .join(PointStateRow, PointStateRow.session_id == SessionRow.id)
        .where(SessionRow.member_ref == person.ref, SessionRow.ended_at.is_(None))
    )
    if db.scalar(using.limit(1)):
        raise Conflict("this person uses a machine; end the session first")
    answers = (WindowRow.supervisor == person.ref) & WindowRow.closed_at.is_(None)
    if db.scalar(select(WindowRow.id).where(answers, WindowRow.until > now).limit(1)):
        raise Conflict("this person supervises others; close the window first")


def _remove_reasons(db: Session, steps: list[str], actor: Actor, now: Utc, site_id: str) -> None:
    """The steps stay, without their words. The database lets that through only once it is in the
    audit, and so its entries are written first."""
    for key in steps:
        audit.record(db, actor, now, "reason_removed", f"held_history:{key}", site_id)
    audit.append_pending(db)
    db.execute(update(HeldHistory).where(HeldHistory.id.in_(steps)).values(reason=None))


def _stays(db: Session, person: Person) -> tuple[Stays, ...]:
    """What an erasure leaves, for whoever asks; none of it leads to the person."""
    steps = select(HeldHistory.id).where(HeldHistory.member_id == person.id)
    entries = audit.count_about(db, f"member:{person.id}")
    found_rows: Mapping[str, int] = {
        "held_history": len(db.scalars(steps).all()),
        "audit": entries,
        "evacuation": 0,
    }
    fr, en = words(db, Language.FR), words(db, Language.EN)
    return tuple(
        Stays(what=what, rows=count, fr=fr.say(_STAYS[what]), en=en.say(_STAYS[what]))
        for what, count in found_rows.items()
    )


_STAYS = {
    "held_history": N_(
        "Étapes des habilitations, sous une référence qui ne mène plus à personne : preuve de la"
        " formation en cas d’accident"
    ),
    "audit": N_("Journal des actions, enchaîné, sous la même référence"),
    "evacuation": N_(
        "Registre de sécurité : dates, durées et nombres des évacuations, sans aucun nom"
    ),
}
