"""Erases a member: at their own wish, by staff who handle personal data, or by age."""

import logging
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import partial

from sqlalchemy import ColumnElement, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from controller.capabilities.members.changes import MemberNews
from controller.capabilities.members.models import MemberRow
from controller.capabilities.privacy.erasure import rows, texts
from controller.capabilities.privacy.erasure.person import person_of
from controller.capabilities.privacy.erasure.waiting_list import due_members, members_after_wait
from controller.domain.locale.catalogue import Translator
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Conflict, Invalid, NotFound, ServiceError
from controller.kernel.jobs import Transactions
from controller.kernel.models import AuditEntry
from controller.kernel.outbox import post_news
from controller.kernel.privacy import (
    Data,
    ErasureInProgress,
    Person,
    PersonalDataRule,
    rules_of,
    with_rows,
)
from controller.kernel.privacy import ErasureKind as EraseKind
from controller.kernel.rows import get_or_404
from controller.kernel.shapes import DecisionText, Line, Note, Shape
from controller.kernel.translation import in_every_language

BY_AGE = Actor.system("retention")
"""The actor of automatic erasures."""
_log = logging.getLogger(__name__)


class Erasure(Shape, frozen=True, kw_only=True):
    """A request to erase somebody. The reason stays in the audit, so it must not name them."""

    reason: Note
    also: tuple[Line, ...] = ()
    """Ids of places (`Preview.doubtful`) where a word means this person and must be removed too.
    Somebody who handles personal data decides that; places that no longer exist are ignored."""


class Stays(Shape, frozen=True, kw_only=True):
    """Something that stays after an erasure, and why."""

    what: str
    rows: int
    text: DecisionText


class Preview(Shape, frozen=True, kw_only=True):
    """What an erasure would do: number of rows by table, and what would stay."""

    member_id: str
    removes: dict[str, int]
    stays: tuple[Stays, ...]
    hindered: DecisionText | None
    """Why it is impossible now, and what to do about it; null if it is possible."""
    doubtful: tuple[texts.Place, ...]
    """Texts in which a word may mean the person, which somebody who handles personal data must
    decide."""


class ErasureBlocked(Conflict):
    """Something must be settled before somebody can be erased."""

    def __init__(self, text: DecisionText) -> None:
        super().__init__(text.en)
        self.text = text


class Erased(Shape, frozen=True, kw_only=True):
    """What an erasure did: number of rows by table, and what stays."""

    member_id: str
    removed: dict[str, int]
    stays: tuple[Stays, ...]


def erase(db: Session, member_id: str, new: Erasure, *, actor: Actor, now: Utc) -> Erased:
    """Delete all data about a person, and the link between their name and past events.

    Allowed for the member, and for those who handle personal data at the member's site. Raises
    NotFound; Invalid if the reason names the person; Conflict while something prevents it, such as
    being in, and for the last admin of a site. The caller calls `Database.drop_old_pages` after the
    commit.

    Waits for transactions that charge, book or give something to the member, and they wait for this
    one.
    """
    db.execute(select(MemberRow.id).where(MemberRow.id == member_id).with_for_update())
    person = _person(db, member_id, actor, now)
    if person.finder.search(new.reason) or person.doubtful_finder.search(new.reason):
        raise Invalid.of("reason", "it stays in the audit: leave out the person's name")
    if hindrance := _obstacle_text(db, ErasureInProgress(person=person, actor=actor, now=now)):
        raise ErasureBlocked(hindrance)
    return _erase(db, person, new.reason, actor, now, new.also)


def preview(db: Session, member_id: str, *, actor: Actor, now: Utc) -> Preview:
    """Return what an erasure would do, for actors who may erase the member. Raises NotFound."""
    person = _person(db, member_id, actor, now)
    return Preview(
        member_id=person.id,
        removes=dict(_rows_to_remove(db, person)),
        stays=_kept_data(db, person),
        hindered=_obstacle_text(db, ErasureInProgress(person=person, actor=actor, now=now)),
        doubtful=_doubtful_places(db, person, actor),
    )


def _doubtful_places(db: Session, person: Person, actor: Actor) -> tuple[texts.Place, ...]:
    """Return the doubtful places; none for members who erase themselves, since they may not read
    what others wrote."""
    may = actor.may(Permission.PERSONAL_DATA, person.site_id)
    return texts.doubtful_places(db, person, actor) if may else ()


def _person(db: Session, member_id: str, actor: Actor, now: Utc) -> Person:
    member = get_or_404(db, MemberRow, member_id, "member")
    if actor.member_id != member_id and not actor.may(Permission.PERSONAL_DATA, member.site_id):
        raise NotFound("member", member_id)
    return person_of(db, member, now)


def _obstacle_text(db: Session, erasing: ErasureInProgress) -> DecisionText | None:
    for rule in rules_of(db):
        if rule.erasure_blocker is not None and (hindrance := rule.erasure_blocker(db, erasing)):
            return in_every_language(db, partial(Translator.say, text=hindrance))
    return None


def _rows_to_remove(db: Session, person: Person) -> Iterator[tuple[str, int]]:
    """Yield the number of rows that would be deleted or anonymised, by table."""
    rules_and_conditions = [
        (rule, or_(*conditions))
        for rule in with_rows(db, rules_of(db))
        if rule.erasure_kind in (EraseKind.DELETE, EraseKind.COUNT, EraseKind.EMPTY)
        and (conditions := rule.conditions(person))
    ]
    for rule, count in _count_rows(db, rules_and_conditions):
        if count:
            yield rule.name, count


def _count_rows(
    db: Session, rules_and_conditions: Sequence[tuple[PersonalDataRule, ColumnElement[bool]]]
) -> list[tuple[PersonalDataRule, int]]:
    """Return the number of rows of each rule, counted in one statement."""
    filled = {rule.name for rule in with_rows(db, (rule for rule, _ in rules_and_conditions))}
    counts_of_rules = [
        select(literal(rule.name), func.count()).select_from(rule.model).where(condition)
        for rule, condition in rules_and_conditions
        if rule.name in filled
    ]
    rows_counted = db.execute(union_all(*counts_of_rules)) if counts_of_rules else ()
    counts = {name: count for name, count in rows_counted}  # noqa: C416  rows are not pairs to mypy
    return [(rule, counts.get(rule.name, 0)) for rule, _condition in rules_and_conditions]


def erase_due(database: Transactions, site_id: str, before: Utc, *, now: Utc) -> int:
    """Erase the members of a site who are due by age and whose waiting time is over.

    `before`: their last subscription ended before this time. Returns how many were erased.
    """
    count = 0
    with database.read() as db:
        members = members_after_wait(db, site_id, now)
    for key in members:
        try:
            with database.write() as db:
                if due_members(db, site_id, before, only=key):  # nobody has come back since
                    erase(db, key, Erasure(reason="retention"), actor=BY_AGE, now=now)
                    count += 1
        except ServiceError as refusal:
            _log.info("member %s is not erased yet: %s", key, type(refusal).__name__)
    return count


def latest_erasures(db: Session, site_id: str, *, actor: Actor, limit: int) -> list[Utc]:
    """Return when members of the site were last erased, newest first."""
    actor.require(Permission.PERSONAL_DATA, site_id)
    erased = AuditEntry.action == "member_erased", AuditEntry.site_id == site_id
    return list(
        db.scalars(
            select(AuditEntry.at).where(*erased).order_by(AuditEntry.seq.desc()).limit(limit)
        )
    )


def erased_by_people(db: Session) -> list[str]:
    """Return the ids of members who were erased by a person, according to the audit.

    Not those erased by age, which is decided again after a restore.
    """
    erased = (AuditEntry.action == "member_erased") & (AuditEntry.actor != BY_AGE.ref)
    subjects = db.scalars(select(AuditEntry.subject).where(erased).order_by(AuditEntry.seq))
    return [subject.removeprefix("member:") for subject in subjects]


def erase_again(db: Session, members: Iterable[str], *, actor: Actor, now: Utc) -> int:
    """Erase members again after an earlier backup was restored; return how many."""
    count = 0
    for key in members:
        member = db.get(MemberRow, key)
        if member is not None:
            _erase(db, person_of(db, member, now), "restored from a backup", actor, now)
            count += 1
    return count


def _erase(
    db: Session, person: Person, reason: str, actor: Actor, now: Utc, also: Collection[str] = ()
) -> Erased:
    erasing = ErasureInProgress(person=person, actor=actor, now=now)
    removed: Counter[str] = Counter()
    places = _doubtful_places(db, person, actor) if also else ()
    chosen = {place.id for place in places}.intersection(also)
    rules = rules_of(db)[::-1]  # referring rows first
    for rule in rules:
        removed["free text"] += texts.remove_names(db, rule, person, chosen)
        if rule.at_erasure is not None:
            removed[rule.name] += rule.at_erasure(db, erasing)
    for rule in rules:
        removed[rule.name] += rows.remove(db, rule, person)
    for key in (person.id, *person.former):  # a backup may have them as separate records
        audit.record(
            db, actor, now, "member_erased", f"member:{key}", person.site_id, reason=reason
        )
    for rule in rules:
        removed[f"{rule.name} reasons"] += rows.remove_reasons(
            db, rule, erasing, texts.chosen_keys(rule, chosen)
        )
    post_news(db, MemberNews(site=person.site_id, key=person.id))
    return Erased(member_id=person.id, stays=_kept_data(db, person), removed=dict(+removed))


def _kept_data(db: Session, person: Person) -> tuple[Stays, ...]:
    """Return what an erasure keeps, none of which identifies the person."""
    rules_and_conditions = [
        (rule, or_(*(rule.conditions(person) or rule.conditions(person, Data.ACTOR))))
        for rule in rules_of(db)
        if rule.retained_note is not None
    ]
    result = []
    for rule, count in _count_rows(db, rules_and_conditions):
        texts_by_language = in_every_language(
            db, partial(Translator.say, text=rule.retained_note or "")
        )
        result.append(Stays(what=rule.name, rows=count, text=texts_by_language))
    return tuple(result)
