"""What every part of a person's page is read with."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberReader:
    """One transaction, who reads of whom, and when it is there."""

    db: Session
    who: Actor
    now: Utc
    zone: ZoneInfo
    member: str
