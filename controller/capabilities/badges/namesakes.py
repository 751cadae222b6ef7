"""Details that distinguish members of the same name."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.search import records_alike
from controller.domain.facts import CredentialStatus
from controller.domain.time import Utc
from controller.kernel.lookalikes import skeleton

_SHOWN = 4
"""How many characters of a badge's number, and digits of a telephone number, are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distinction:
    """What distinguishes a member from others of the same name."""

    site_id: str
    """The site that may read the telephone number."""
    email: str
    badge: str
    """The last four characters of the newest working badge; empty without one."""
    phone: str
    """The last four digits of the telephone number; empty without one."""
    since: Utc
    """When the record was created."""
    number: int
    """Which one it is of the records of this name and day; 0 if it is the only one."""
    shared: frozenset[str]
    """The fields among `email`, `badge` and `phone` that another member of this name has, too."""


def distinctions(
    db: Session, people: Mapping[str, str], *, zone: ZoneInfo, others: Iterable[str] = ()
) -> dict[str, Distinction]:
    """Return the details, by id, of those members whose names look alike; `people`: names by id.

    `others`: further names, such as those of organisations, with which they are compared. `zone`:
    where the records' days are counted.
    """
    looks = {key: skeleton(name) for key, name in people.items()}
    count = Counter((*looks.values(), *map(skeleton, others)))
    namesakes = [key for key, look in looks.items() if count[look] > 1]
    return of_members(db, namesakes, zone=zone) if namesakes else {}


def of_members(db: Session, members: Collection[str], *, zone: ZoneInfo) -> dict[str, Distinction]:
    """Return these members' details by id.

    Each one is compared with all members whose names look alike, listed or not, so that the number
    is the same everywhere.
    """
    rows = list(db.scalars(select(MemberRow).where(MemberRow.id.in_(members))))
    by_look: dict[str, list[MemberRow]] = {}
    for row in records_alike(db, {row.display_name for row in rows}):
        by_look.setdefault(skeleton(row.display_name), []).append(row)
    badges = _badge_endings(db, {row.id for alike in by_look.values() for row in alike})
    return {
        row.id: _distinction(row, by_look.get(skeleton(row.display_name), [row]), badges, zone)
        for row in rows
    }


def _distinction(
    row: MemberRow, alike: Sequence[MemberRow], badges: Mapping[str, str], zone: ZoneInfo
) -> Distinction:
    shown = _texts(row, badges)
    others = [_texts(other, badges) for other in alike if other.id != row.id]
    day = row.created_at.astimezone(zone).date()
    of_day = [other.id for other in alike if other.created_at.astimezone(zone).date() == day]
    return Distinction(
        **shown,
        site_id=row.site_id,
        since=row.created_at,
        number=of_day.index(row.id) + 1 if len(of_day) > 1 else 0,
        shared=frozenset(
            name for name, text in shown.items() if any(other[name] == text for other in others)
        ),
    )


def _texts(row: MemberRow, badges: Mapping[str, str]) -> dict[str, str]:
    digits = "".join(filter(str.isdigit, row.phone or ""))
    return {"email": row.email or "", "badge": badges.get(row.id, ""), "phone": digits[-_SHOWN:]}


def _badge_endings(db: Session, members: Collection[str]) -> dict[str, str]:
    """Return the end of each member's newest working badge."""
    is_active = CredentialRow.status == CredentialStatus.ACTIVE
    badges = select(CredentialRow.member_id, CredentialRow.masked).where(
        CredentialRow.member_id.in_(members), is_active
    )
    return {
        row.member_id: row.masked[-_SHOWN:] for row in db.execute(badges.order_by(CredentialRow.id))
    }
