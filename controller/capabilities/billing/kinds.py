"""The words of money: where a charge comes from, why it is what it is, how it was paid."""

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
    """How an amount came about."""

    STEPS = "steps"
    MINIMUM = "minimum"
    CAPPED = "capped"
    PIECES = "pieces"
    REMISSION = "remission"
    INCLUDED = "included"
    """Included in the plan."""
    PLACE_CUT = "place_cut"
    """What the place cut or broke is not charged."""
    COURSE = "course"
    """Used in a course, which has its own price."""
    UNSEEN = "unseen"
    """Powered while nobody could see whether it worked: nothing is counted."""
    COUNTER = "counter"
    """Takes back an earlier charge, of which something was learnt later."""


FREE = frozenset({Why.INCLUDED, Why.PLACE_CUT, Why.COURSE, Why.UNSEEN})
"""Why something that was done costs nothing; it stays on the statement with that reason."""


class Means(StrEnum):
    """How it was paid, elsewhere than in Loquet."""

    CASH = "cash"
    CHEQUE = "cheque"
    CARD = "card"
    TRANSFER = "transfer"


class Counts(StrEnum):
    """Which time of a machine is charged."""

    RUNNING = "running"
    POWERED = "powered"


class Unit(StrEnum):
    """By what an article is sold."""

    GRAM = "gram"
    SHEET = "sheet"
    PIECE = "piece"
    COURSE = "course"


class By(StrEnum):
    """By what a room is charged."""

    HOUR = "hour"
    HALF_DAY = "half_day"


class EntryKind(StrEnum):
    """Kinds of manual entries."""

    ARTICLE = "article"
    REMISSION = "remission"
