"""The table of loans."""

from sqlalchemy import ForeignKey, MetaData
from sqlalchemy.orm import Mapped, mapped_column

from controller.capabilities.members.models import MemberRow
from controller.capabilities.places.models import SiteRow
from controller.domain.time import Utc
from controller.store.base import NAMING, Base, Versioned
from controller.store.types import Slug, Text, Uuid


class Apart(Base):
    """No other test knows this feature. Models of the house derive from `Base` itself, and refer to
    other tables by name: `ForeignKey("member.id")`."""

    __abstract__ = True
    metadata = MetaData(naming_convention=NAMING)


class LoanRow(Versioned, Apart):
    """A tool that somebody has borrowed, and perhaps given back."""

    __tablename__ = "loan"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey(SiteRow.__table__.c.id), index=True)
    member_id: Mapped[Uuid] = mapped_column(ForeignKey(MemberRow.__table__.c.id), index=True)
    tool: Mapped[Text]
    remark: Mapped[Text | None]
    lent_at: Mapped[Utc]
    due_at: Mapped[Utc]
    overdue: Mapped[bool]
    back_at: Mapped[Utc | None]
