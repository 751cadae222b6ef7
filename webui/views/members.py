"""What Members shows: a search, and one person with badges, certifications and what she can use."""

from dataclasses import dataclass

from webui.views.parts import Chip, Option, Part


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLine:
    """One person found."""

    name: str
    href: str
    categories: str
    subscription: str
    chip: Chip


@dataclass(frozen=True, slots=True, kw_only=True)
class MembersPage:
    """One page of a search. `count` says how many there are, as a sentence."""

    query: str
    lines: tuple[MemberLine, ...]
    count: str
    next: str | None = None
    first: str | None = None
    """Address of the first page, when this is another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Yes, no or not now, as a word, an icon and a look (`yes`, `no`, `later`)."""

    look: str
    word: str
    icon: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CanRow:
    """Whether she can use one machine or door: the answer, because, what next."""

    name: str
    icon: str
    answer: Answer
    because: str
    next: tuple[str, ...] = ()
    give: str | None = None
    """Where to give the missing certification, when the reader of the page may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """A badge, its value masked."""

    id: str
    value: str
    chip: Chip
    parts: tuple[Part, ...] = ()
    suspend: str | None = None
    lost: str | None = None
    restore: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLine:
    """A certification held: level, by whom, until when."""

    id: str
    name: str
    chip: Chip
    parts: tuple[Part, ...] = ()
    reason: str | None = None
    suspend: str | None = None
    restore: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveForm:
    """What may be given, and at which levels."""

    action: str
    certifications: tuple[Option, ...]
    levels: tuple[Option, ...]
    chosen: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberPage:
    """One person."""

    name: str
    back: str
    chip: Chip
    facts: tuple[tuple[Part, ...], ...]
    can: tuple[CanRow, ...]
    badges: tuple[Badge, ...]
    held: tuple[HeldLine, ...]
    give: GiveForm | None = None
    enrol: str | None = None
    """Where to post a new badge, when the reader of the page may."""
    enrol_value: str = ""
    enrol_wrong: str = ""
    contact: tuple[tuple[str, str], ...] = ()
