"""What every part of a machine's page is read with."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Session


@dataclass(frozen=True, slots=True)
class MachineReader:
    """One transaction, by whom, where and when."""

    db: Session
    who: Actor
    site: str
    now: Utc
    zone: ZoneInfo
