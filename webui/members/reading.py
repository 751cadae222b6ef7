"""What every part of a member's page needs to read its data."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberReader:
    """The transaction, the reader, the time, and the member whose page is read."""

    db: Session
    who: Actor
    """The reader of the page."""
    now: Utc
    zone: ZoneInfo
    member: str
