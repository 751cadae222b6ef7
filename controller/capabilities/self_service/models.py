"""Tables of self-service: members' codes, and visits at terminals."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import mapped_column

from controller.domain.time import Utc
from controller.store.base import Base
from controller.store.data_kinds import About, MemberId, Plain, Secret
from controller.store.types import Hash, Slug, Text, Uuid


class MemberCode(Base):
    """A member's code for terminals; it works only together with a badge."""

    __tablename__ = "member_code"

    member_id: MemberId[Uuid] = mapped_column(ForeignKey("member.id"), primary_key=True)
    hash: Secret[Text | None]
    """Argon2id of a keyed digest; null if no code was chosen."""
    set_at: About[Utc | None]
    wrong: About[int]
    """Wrong attempts in a row; after five the code is no longer accepted."""
    may_choose_until: About[Utc | None]
    """Until when a code can be chosen at a terminal; set after the desk has identified the
    member."""
    choice_opens_from: About[Utc | None]
    """From when a code chosen in that way opens the member's page."""
    opens_from: About[Utc | None]
    """From when this code opens the member's page; null: at once, since they set it themselves."""


class TerminalVisit(Base):
    """A member's visit at a terminal; only the hash of its secret is stored."""

    __tablename__ = "terminal_visit"

    hash: Secret[Hash] = mapped_column(primary_key=True)
    member_id: MemberId[Uuid] = mapped_column(ForeignKey("member.id"), index=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"))
    address_id: Plain[Uuid] = mapped_column(ForeignKey("screen_address.id"))
    began_at: About[Utc]
    touched_at: About[Utc] = mapped_column(index=True)
    """When the screen was last touched; the visit ends after a minute."""
