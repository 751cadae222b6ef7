"""The names of groups, by the reference that events carry."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.groups.models import GroupRow
from controller.kernel.names import Names, Person


def _behind(db: Session, refs: Collection[str]) -> dict[str, Person]:
    groups = select(GroupRow.ref, GroupRow.name).where(GroupRow.ref.in_(refs))
    return {ref: (None, name) for ref, name in db.execute(groups)}


NAMES = (Names("group", behind=_behind),)
