"""The safety register, as the API and the pages see it."""

from typing import Annotated

import msgspec

from controller.capabilities.safety_register.models import (
    LONG_TEXT_LENGTH,
    AdditionKind,
    SafetyKind,
)
from controller.domain.time import Utc
from controller.kernel.shapes import LINES, Line, Note, Shape, Slug

Account = Annotated[str, msgspec.Meta(min_length=1, max_length=LONG_TEXT_LENGTH, pattern=LINES)]
"""A long text that is not blank."""


class NewSafetyEntry(Shape, frozen=True, kw_only=True):
    """An entry to write.

    `hurt` describes a person, or is a member's name: then the entry refers to the member, and the
    name is not stored.
    """

    kind: SafetyKind
    happened_at: Utc
    account: Account
    access_point: Slug | None = None
    zone_id: Slug | None = None
    place: Line | None = None
    hurt: Line | None = None
    injury: Note | None = None
    done: Account | None = None
    measures: Account | None = None
    site_id: Slug | None = None


class NewAddition(Shape, frozen=True, kw_only=True):
    """An addition to an entry: another fact, care, or a measure."""

    kind: AdditionKind
    text: Account


class Annulment(Shape, frozen=True, kw_only=True):
    """Why an entry is annulled; it stays readable."""

    reason: Note


class Addition(Shape, frozen=True, kw_only=True):
    """An addition to an entry."""

    kind: AdditionKind
    text: str
    by: str | None
    """Name of the author; null if no longer known."""
    at: Utc


class Reading(Shape, frozen=True, kw_only=True):
    """Who has read an entry, and when."""

    by: str | None
    at: Utc


class SafetyEntry(Shape, frozen=True, kw_only=True):
    """An entry.

    Only those responsible for the place, and the author, see who was hurt and how, and additions
    about care; `anybody_hurt` tells the others whether somebody was.
    """

    id: str
    site_id: Slug
    year: int
    kind: SafetyKind
    happened_at: Utc
    access_point: Slug | None
    zone_id: Slug | None
    place: str | None
    account: str
    anybody_hurt: bool
    hurt: str | None
    member_id: str | None
    injury: str | None
    done: str | None
    measures: str | None
    additions: tuple[Addition, ...]
    written_by: str | None
    written_at: Utc
    readings: tuple[Reading, ...]
    read: bool
    """Whether the actor has read it in its current state, or wrote it."""
    annulled_by: str | None
    annulled_at: Utc | None
    annulled_because: str | None
    version: int
