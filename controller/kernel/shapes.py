"""The constrained types that shapes share."""

from typing import Annotated

import msgspec

from controller.domain.ids import END, SLUG

Slug = Annotated[str, msgspec.Meta(pattern=SLUG)]
"""An id that people choose."""


Line = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^\S([^\n]*\S)?" + END)]
"""One line of text, without blanks at its ends."""


Note = Annotated[str, msgspec.Meta(min_length=1, max_length=400)]
"""What somebody wrote: a reason, a remark."""


Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]


Days = Annotated[int, msgspec.Meta(ge=1, le=36_500)]


Seconds = Annotated[float, msgspec.Meta(ge=0, le=1_000_000)]


TimeOfDay = Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d" + END)]
"""Local time, `HH:MM`; as an end, `00:00` is midnight."""


class Shape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every shape is: immutable, by keyword, and strict about unknown fields."""


class Label(Shape, frozen=True, kw_only=True, omit_defaults=True):
    """A name that people read, in French, in English, or both."""

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
