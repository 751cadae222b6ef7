"""The constrained types that shapes share."""

from typing import Annotated, ClassVar

import msgspec

from controller.domain.control_characters import IN_A_LINE, IN_LINES, VISIBLE
from controller.domain.ids import CREDENTIAL, END, SLUG

Slug = Annotated[str, msgspec.Meta(pattern=SLUG)]
"""An id that people choose."""


SEEN = VISIBLE
LINE = rf"^{VISIBLE}([^{IN_A_LINE}]*{VISIBLE})?" + END
LINES = rf"^[^{IN_LINES}]*{VISIBLE}[^{IN_LINES}]*" + END

Line = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=LINE)]
"""One line of text, without blanks at its ends or control characters."""


LongLine = Annotated[str, msgspec.Meta(min_length=1, max_length=400, pattern=LINE)]


Note = Annotated[str, msgspec.Meta(min_length=1, max_length=400, pattern=LINES)]
"""What somebody wrote: a reason, a remark; not only blanks. It may have several lines."""


Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]


Days = Annotated[int, msgspec.Meta(ge=1, le=36_500)]


Seconds = Annotated[float, msgspec.Meta(ge=0, le=1_000_000)]


TimeOfDay = Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d" + END)]
"""Local time, `HH:MM`; as an end, `00:00` is midnight."""


_MAILBOX = r"[!#-'*+./0-9=?A-Z^-~-]+"
"""Printable ASCII without what separates addresses."""
EMAIL = rf"^{_MAILBOX}@{_MAILBOX}" + END
EMAIL_LONGEST = 254

Email = Annotated[str, msgspec.Meta(max_length=EMAIL_LONGEST, pattern=EMAIL)]
"""What a letter can be sent to: nothing else is stored as an address of somebody."""


BadgeNumber = Annotated[str, msgspec.Meta(extra_json_schema={"pattern": CREDENTIAL})]
"""Of whichever kind; what is wrong with one is said by `parse_credential_id`, in words."""


class Shape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every shape is: immutable, by keyword, and strict about unknown fields."""

    ANY_OF: ClassVar[tuple[str, ...]] = ()
    """Fields of which at least one is given: it checks so itself; the API says it too."""

    def __post_init__(self) -> None:
        """Nothing is wrong with its fields together."""


class OneOf(Shape, frozen=True, kw_only=True):
    """Of some of its fields exactly one is given, as the API's description says too."""

    ONE_OF: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        if sum(getattr(self, field) is not None for field in self.ONE_OF) != 1:
            raise ValueError(f"{self.ONE_OF[0]}: give either {' or '.join(self.ONE_OF)}")
        super().__post_init__()


class Label(Shape, frozen=True, kw_only=True, omit_defaults=True):
    """A name that people read, in French, in English, or both."""

    ANY_OF = ("fr", "en")

    fr: Line | None = None
    en: Line | None = None

    def __post_init__(self) -> None:
        if self.fr is None and self.en is None:
            raise ValueError("a name needs fr or en")


Heads = Annotated[int, msgspec.Meta(ge=1, le=10_000)]


class DecisionText(Shape, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """The decision for people: a title, then lines, in each language; more may be there."""

    fr: str
    en: str
