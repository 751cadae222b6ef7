"""Deletes or anonymises a table's rows about a person, according to the table's rule."""

import re
from collections.abc import Collection

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from controller.kernel import audit
from controller.kernel.privacy import Data, ErasureInProgress, ErasureKind, Person, PersonalDataRule

_NUMBER = re.compile(r"\d(?:[./-]?\d)*")
"""A number in a payment reference, of which nothing else stays."""


def remove(db: Session, rule: PersonalDataRule, person: Person) -> int:
    """Delete or empty the rows of a table; return how many."""
    conditions = rule.conditions(person)
    if not conditions or rule.erasure_kind not in (
        ErasureKind.DELETE,
        ErasureKind.COUNT,
        ErasureKind.EMPTY,
    ):
        return 0
    rows = db.scalars(select(rule.model).where(or_(*conditions))).all()
    for row in rows:
        if rule.erasure_kind is ErasureKind.EMPTY:
            _clear(row, rule, person)
        else:
            (rule.remove or Session.delete)(db, row)
    db.flush()
    return len(rows)


def _clear(row: object, rule: PersonalDataRule, person: Person) -> None:
    """Clear the references to the person, and the texts that the person wrote."""
    for name in rule.of(Data.MEMBER, Data.REF):
        if getattr(row, name) in (person.id, *person.former, person.ref, *person.former_refs):
            setattr(row, name, None)
    for name in rule.of(Data.WORDS):
        setattr(row, name, None)
    for name in rule.of(Data.REFERENCE):
        numbers = _NUMBER.findall(getattr(row, name) or "")
        setattr(row, name, " ".join(numbers) or None)


def remove_reasons(
    db: Session, rule: PersonalDataRule, erasing: ErasureInProgress, chosen: Collection[str] = ()
) -> int:
    """Delete the reasons in a person's rows of a table whose rows are otherwise never changed.

    `chosen`: ids of further rows that somebody confirmed to be about the person. The database
    allows the change only once the audit has an entry about it, so these are written first. Returns
    the number of rows.
    """
    if rule.erasure_kind is not ErasureKind.REASON:
        return 0
    person = erasing.person
    key, (words,) = rule.column("id"), map(rule.column, rule.of(Data.WORDS))
    person_conditions, finder = or_(*rule.conditions(person)), person.reference_finder
    rows = db.execute(select(key, person_conditions, words).where(words.is_not(None)))
    keys = [
        key
        for key, is_of_person, text in rows
        if is_of_person or key in chosen or finder.search(text)
    ]
    for row in keys:
        subject = f"{rule.name}:{row}"
        audit.record(db, erasing.actor, erasing.now, "reason_removed", subject, person.site_id)
    audit.append_pending(db)
    db.execute(update(rule.model).where(key.in_(keys)).values({words: None}))
    return len(keys)
