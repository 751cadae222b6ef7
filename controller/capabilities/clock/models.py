"""The table with the last check of the controller's date."""

from sqlalchemy.orm import mapped_column

from controller.domain.time import Utc
from controller.store.base import Base
from controller.store.data_kinds import ActorRef, Plain
from controller.store.types import Word


class ClockCheck(Base):
    """The result of the last check of the controller's date; one row."""

    __tablename__ = "clock_check"

    id: Plain[int] = mapped_column(primary_key=True)
    plausible_at: Plain[Utc | None]
    """The last time at which the date was plausible."""
    doubt: Plain[Word | None]
    """What is wrong with the date; null: nothing."""
    doubt_since: Plain[Utc | None]
    confirmed_at: Plain[Utc | None]
    """When an admin last confirmed the date."""
    confirmed_by: ActorRef[str | None]
