"""Details that distinguish members of the same name."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.members.models import MemberRow
from controller.domain.facts import CredentialStatus
from controller.domain.time import Utc
from controller.kernel.lookalikes import skeleton


@dataclass(frozen=True, slots=True, kw_only=True)
class Distinction:
    """What distinguishes a member from others of the same name."""

    email: str
    badge: str
    """The last four characters of the newest working badge; empty without one."""
    since: Utc
    """When the record was created."""


def distinctions(
    db: Session, people: Mapping[str, str], *, others: Iterable[str] = ()
) -> dict[str, Distinction]:
    """Return the details, by id, of those members whose names look alike; `people`: names by id.

    `others`: further names, such as those of organisations, with which they are compared.
    """
    looks = {key: skeleton(name) for key, name in people.items()}
    count = Counter((*looks.values(), *map(skeleton, others)))
    namesakes = [key for key, look in looks.items() if count[look] > 1]
    return of_members(db, namesakes) if namesakes else {}


def of_members(db: Session, members: Collection[str]) -> dict[str, Distinction]:
    """Return these members' details by id."""
    works = CredentialRow.status == CredentialStatus.ACTIVE
    badges = select(CredentialRow.member_id, CredentialRow.masked).where(
        CredentialRow.member_id.in_(members), works
    )
    endings = {
        row.member_id: row.masked[-4:] for row in db.execute(badges.order_by(CredentialRow.id))
    }
    rows = db.scalars(select(MemberRow).where(MemberRow.id.in_(members)))
    return {
        row.id: Distinction(
            email=row.email or "", badge=endings.get(row.id, ""), since=row.created_at
        )
        for row in rows
    }
