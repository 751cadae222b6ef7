"""The names of members, by id and by the reference that events carry."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.kernel.names import Names, Person


def _by_id(db: Session, ids: Collection[str]) -> dict[str, str]:
    people = select(MemberRow.id, MemberRow.display_name).where(MemberRow.id.in_(ids))
    return {row.id: row.display_name for row in db.execute(people)}


def _behind(db: Session, refs: Collection[str]) -> dict[str, Person]:
    people = select(MemberRow.ref, MemberRow.id, MemberRow.display_name)
    found = db.execute(people.where(MemberRow.ref.in_(refs)))
    return {ref: (key, name) for ref, key, name in found}


NAMES = (Names("member", of=_by_id, behind=_behind),)
