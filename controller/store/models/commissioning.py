"""What was seen at an access point before it went into service, tick by tick."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.commissioning import StepName
from controller.domain.time import Utc
from controller.store.models.base import Base
from controller.store.types import Hash, Slug, Text, Uuid, Word


class CommissioningTick(Base):
    """A step that a person has seen at an access point; it holds while `wiring` is the digest."""

    __tablename__ = "commissioning_tick"

    access_point_id: Mapped[Slug] = mapped_column(ForeignKey("access_point.id"), primary_key=True)
    step: Mapped[StepName] = mapped_column(primary_key=True)
    at: Mapped[Utc]
    by: Mapped[str]
    """Opaque reference of who ticked, as in the audit."""
    event_id: Mapped[Uuid | None]
    """The event that shows it; null where only a person can tell."""
    remark: Mapped[Text | None]
    agent_id: Mapped[Slug]
    agent_version: Mapped[Word | None]
    wiring: Mapped[Hash]
    """Digest of the agent and of the wiring that the step has tried."""
