"""Kinds of personal data, and the annotation of a column of each kind.

A model annotates each column with its kind instead of `Mapped`: `starts_at: About[Utc]`,
`created_by: ActorRef[str]`, `grace_days: Plain[int | None]` (decision 0342).
"""

from enum import StrEnum
from typing import Annotated, Any, TypeAlias, TypeVar, cast

from sqlalchemy.orm import Mapped, mapped_column

T = TypeVar("T")


class Data(StrEnum):
    """The kind of personal data in a column."""

    PLAIN = "plain"
    """No personal data."""
    MEMBER = "member"
    """The id of a member."""
    REF = "ref"
    """The random reference of a member."""
    ACCOUNT = "account"
    """The id of an account."""
    ACTOR = "actor"
    """The actor, as an opaque reference: `account:ID`, `token:ID`, `member:ID`, `system:NAME`."""
    IDENTITY = "identity"
    """Identifies somebody, such as a name, an address or a badge."""
    ABOUT = "about"
    """A fact about a person."""
    HELP = "help"
    """Given with consent; may reveal health data (GDPR article 9)."""
    WORDS = "words"
    """Text written by the row's member."""
    TEXT = "text"
    """Free text by anybody, which may name anybody."""
    REFERENCE = "reference"
    """A payment reference; in the member's rows only the digits are kept."""
    LABEL = "label"
    """Names that the fablab gives to its own things, and reasons for its rules; names of people in
    them are removed only on request."""
    ORGANISATION = "organisation"
    """Name and address of an organisation; treated like LABEL."""
    BOOKED = "booked"
    """Stays as it was issued: on documents that the law requires to keep, or in published
    figures."""
    RAW = "raw"
    """Bytes or JSON written by a program, which may contain references."""
    SEALED = "sealed"
    """A hash or encrypted data; shown to nobody."""


def kind_of(column: Any) -> Data:
    """Return the kind of data in a column. Raises TypeError for one annotated with `Mapped`."""
    if _KIND not in column.info:
        raise TypeError(f"{column}: annotate it with Plain, About or another kind of {__name__}")
    return cast(Data, column.info[_KIND])


_KIND = "data_kind"
MARKS = {kind: mapped_column(info={_KIND: kind}) for kind in Data}
"""What the annotation of a column of each kind adds to it."""

Plain: TypeAlias = Mapped[Annotated[T, MARKS[Data.PLAIN]]]
MemberId: TypeAlias = Mapped[Annotated[T, MARKS[Data.MEMBER]]]
MemberRef: TypeAlias = Mapped[Annotated[T, MARKS[Data.REF]]]
AccountId: TypeAlias = Mapped[Annotated[T, MARKS[Data.ACCOUNT]]]
ActorRef: TypeAlias = Mapped[Annotated[T, MARKS[Data.ACTOR]]]
Identity: TypeAlias = Mapped[Annotated[T, MARKS[Data.IDENTITY]]]
About: TypeAlias = Mapped[Annotated[T, MARKS[Data.ABOUT]]]
Help: TypeAlias = Mapped[Annotated[T, MARKS[Data.HELP]]]
MemberText: TypeAlias = Mapped[Annotated[T, MARKS[Data.WORDS]]]
FreeText: TypeAlias = Mapped[Annotated[T, MARKS[Data.TEXT]]]
PaymentReference: TypeAlias = Mapped[Annotated[T, MARKS[Data.REFERENCE]]]
PlaceText: TypeAlias = Mapped[Annotated[T, MARKS[Data.LABEL]]]
OrganisationText: TypeAlias = Mapped[Annotated[T, MARKS[Data.ORGANISATION]]]
Permanent: TypeAlias = Mapped[Annotated[T, MARKS[Data.BOOKED]]]
Raw: TypeAlias = Mapped[Annotated[T, MARKS[Data.RAW]]]
Secret: TypeAlias = Mapped[Annotated[T, MARKS[Data.SEALED]]]
