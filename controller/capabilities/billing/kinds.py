"""The enumerations of billing: sources of charges, reasons of amounts, means of payment."""

from enum import StrEnum


class SourceKind(StrEnum):
    """What a charge is derived from."""

    SESSION = "session"
    BOOKING = "booking"
    PASS = "pass"  # noqa: S105  a ticket
    SUBSCRIPTION = "subscription"
    ENTRY = "entry"
    """A manual entry: a material, a course, a remission."""


class Why(StrEnum):
    """How an amount was calculated."""

    STEPS = "steps"
    """By time, in steps of the length that the rate sets."""
    MINIMUM = "minimum"
    """Raised to the minimum of the rate."""
    CAPPED = "capped"
    """Reduced to what a day costs at most."""
    PIECES = "pieces"
    """By quantity: articles, or one pass or subscription."""
    REMISSION = "remission"
    INCLUDED = "included"
    """Included in the plan."""
    PLACE_CUT = "place_cut"
    """Free, because the place interrupted the use."""
    COURSE = "course"
    """Used in a course, which has its own price."""
    UNSEEN = "unseen"
    """The machine was on, but nobody could see whether it worked: not charged."""
    COUNTER = "counter"
    """Reverses an earlier charge after new information."""


FREE = frozenset({Why.INCLUDED, Why.PLACE_CUT, Why.COURSE, Why.UNSEEN})
"""Reasons for which a use is free; it is listed on the statement with its reason."""


class Means(StrEnum):
    """Means of payment; the payment itself happens outside Loquet."""

    CASH = "cash"
    CHEQUE = "cheque"
    CARD = "card"
    TRANSFER = "transfer"


class Counts(StrEnum):
    """Which time of a machine is charged."""

    RUNNING = "running"
    POWERED = "powered"


class Unit(StrEnum):
    """The unit in which an article is sold."""

    GRAM = "gram"
    SHEET = "sheet"
    PIECE = "piece"
    COURSE = "course"


class By(StrEnum):
    """The unit of time by which a booked zone is charged."""

    HOUR = "hour"
    HALF_DAY = "half_day"


class EntryKind(StrEnum):
    """Kinds of manual entries."""

    ARTICLE = "article"
    REMISSION = "remission"
