"""Tables of one's own page: the code that goes with a badge, and who stands at a terminal."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.time import Utc
from controller.store.base import Base
from controller.store.types import Hash, Slug, Text, Uuid


class MemberCode(Base):
    """A member's code for terminals, which counts with a badge in the hand alone."""

    __tablename__ = "member_code"

    member_id: Mapped[Uuid] = mapped_column(ForeignKey("member.id"), primary_key=True)
    hash: Mapped[Text | None]
    """Argon2id over a keyed digest. Null: none was chosen yet."""
    set_at: Mapped[Utc | None]
    wrong: Mapped[int]
    """How many wrong ones in a row; after five it is taken no more."""
    may_choose_until: Mapped[Utc | None]
    """The desk has seen who it is: until then a code can be chosen at a terminal."""
    choice_opens_from: Mapped[Utc | None]
    """From when a code that is chosen so opens the own page."""
    opens_from: Mapped[Utc | None]
    """From when this code opens it. Null: at once, as its holder set it."""


class TerminalVisit(Base):
    """Somebody who stands at a terminal; only the hash of the visit's secret is kept."""

    __tablename__ = "terminal_visit"

    hash: Mapped[Hash] = mapped_column(primary_key=True)
    member_id: Mapped[Uuid] = mapped_column(ForeignKey("member.id"), index=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"))
    address_id: Mapped[Uuid] = mapped_column(ForeignKey("screen_address.id"))
    began_at: Mapped[Utc]
    touched_at: Mapped[Utc] = mapped_column(index=True)
    """Over once nothing was touched for a minute."""
