"""Table of the clock."""

from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.time import Utc
from controller.store.base import Base
from controller.store.types import Word


class ClockCheck(Base):
    """One row: how the controller's date was at the last check."""

    __tablename__ = "clock_check"

    id: Mapped[int] = mapped_column(primary_key=True)
    plausible_at: Mapped[Utc | None]
    """The last time at which the date was plausible."""
    doubt: Mapped[Word | None]
    """What is wrong with the date; null: nothing."""
    doubt_since: Mapped[Utc | None]
    confirmed_at: Mapped[Utc | None]
    """Which date an admin has last said to be right."""
    confirmed_by: Mapped[str | None]
