"""The table of loans."""

from sqlalchemy import ForeignKey, MetaData
from sqlalchemy.orm import mapped_column

from controller.capabilities.members.models import MemberRow
from controller.capabilities.places.models import SiteRow
from controller.domain.time import Utc
from controller.store.base import NAMING, Base, Versioned
from controller.store.data_kinds import About, FreeText, MemberId, Plain
from controller.store.types import Slug, Text, Uuid


class Apart(Base):
    """No other test knows this feature. Models of the house derive from `Base` itself, and refer to
    other tables by name: `ForeignKey("member.id")`."""

    __abstract__ = True
    metadata = MetaData(naming_convention=NAMING)


class LoanRow(Versioned, Apart):
    """A tool that somebody has borrowed, and perhaps given back."""

    __tablename__ = "loan"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey(SiteRow.__table__.c.id), index=True)
    member_id: MemberId[Uuid] = mapped_column(ForeignKey(MemberRow.__table__.c.id), index=True)
    tool: FreeText[Text]
    remark: FreeText[Text | None]
    lent_at: About[Utc]
    due_at: About[Utc]
    overdue: About[bool]
    back_at: About[Utc | None]
