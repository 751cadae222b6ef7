"""Constrained types that the shapes share."""

from typing import Annotated, ClassVar

import msgspec

from controller.domain.control_characters import IN_A_LINE, IN_LINES, VISIBLE
from controller.domain.ids import CREDENTIAL, END, SLUG

Slug = Annotated[str, msgspec.Meta(pattern=SLUG)]
"""An id that people choose: lower-case letters, digits and hyphens."""


VISIBLE_PATTERN = VISIBLE
LINE = rf"^{VISIBLE}([^{IN_A_LINE}]*{VISIBLE})?" + END
LINES = rf"^[^{IN_LINES}]*{VISIBLE}[^{IN_LINES}]*" + END

Line = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=LINE)]
"""One line of text, without control characters or blanks at its ends."""


LongLine = Annotated[str, msgspec.Meta(min_length=1, max_length=400, pattern=LINE)]


Note = Annotated[str, msgspec.Meta(min_length=1, max_length=400, pattern=LINES)]
"""Text by a person, such as a reason or a remark; it may have several lines but not be blank."""


Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]


Days = Annotated[int, msgspec.Meta(ge=1, le=36_500)]


Seconds = Annotated[float, msgspec.Meta(ge=0, le=1_000_000)]


TimeOfDay = Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d" + END)]
"""Local time, `HH:MM`; as an end, `00:00` means midnight."""


_WORD = "[!#-'*+/0-9=A-Z^-~-]+"
"""Printable ASCII without what separates addresses, and without `?`, as in `=?utf-8?q?…?=`."""
_WORDS = rf"{_WORD}(\.{_WORD})*"
EMAIL = rf"^{_WORDS}@{_WORDS}" + END
EMAIL_LONGEST = 254

Email = Annotated[str, msgspec.Meta(max_length=EMAIL_LONGEST, pattern=EMAIL)]
"""An e-mail address that messages can be sent to."""


def has_dotless_domain(email: str | None) -> bool:
    """Return whether an address is probably mistyped; few have no dot after the `@`."""
    return bool(email) and "." not in (email or "").rpartition("@")[2]


BadgeNumber = Annotated[str, msgspec.Meta(extra_json_schema={"pattern": CREDENTIAL})]
"""A badge number of any kind; `parse_credential_id` explains what is wrong with an invalid one."""


class Shape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all shapes: immutable, with keyword fields, and strict about unknown fields."""

    ANY_OF: ClassVar[tuple[str, ...]] = ()
    """Fields of which at least one is required; the shape checks it itself, and the API's
    description states it."""

    def __post_init__(self) -> None:
        """Accept all combinations of fields; subclasses check theirs."""


class OneOf(Shape, frozen=True, kw_only=True):
    """A shape with fields of which exactly one is required, which the API's description states
    too."""

    ONE_OF: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        if sum(getattr(self, field) is not None for field in self.ONE_OF) != 1:
            raise ValueError(f"{self.ONE_OF[0]}: give either {' or '.join(self.ONE_OF)}")
        super().__post_init__()


class Label(Shape, frozen=True, kw_only=True, omit_defaults=True):
    """A name for people, in French, in English, or both."""

    ANY_OF = ("fr", "en")

    fr: Line | None = None
    en: Line | None = None

    def __post_init__(self) -> None:
        if self.fr is None and self.en is None:
            raise ValueError("a name needs fr or en")


Heads = Annotated[int, msgspec.Meta(ge=1, le=10_000)]


class DecisionText(Shape, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """The text of a decision in each language: a title, then lines; there may be further
    languages."""

    fr: str
    en: str
