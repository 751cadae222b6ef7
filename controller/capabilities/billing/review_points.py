"""Points to review before a month is closed, and their kinds."""

from dataclasses import dataclass
from enum import StrEnum

from controller.capabilities.billing.payers import PayerKey
from controller.capabilities.billing.shapes import Payer
from controller.domain.facts import Name
from controller.domain.time import Utc


class ReviewReason(StrEnum):
    """Kinds of points to review."""

    SIRET = "siret"
    """The organisation has no SIRET: its accounting department would refuse the statement."""
    ENGAGEMENT = "engagement"
    """The organisation has no number of a purchase commitment."""
    UNSEEN = "unseen"
    """A machine was on while nobody could see whether it worked: nothing is charged."""
    NO_END = "no_end"
    """No box reported the end of a use: it is charged up to the last report, as an estimate."""
    NO_TIME = "no_time"
    """The box had no clock in a use: it is charged for the earliest possible time (0334)."""
    DOUBT = "doubt"
    """A machine was used with a former badge of this person (0325): nothing is charged."""
    NOBODYS_USE = "nobodys_use"
    """A machine was used with a badge of nobody (0332): nothing is charged."""
    UNTOLD = "untold"
    """A printer worked in a use without reporting a print: that material is not charged."""
    NOBODYS_PRINT = "nobodys_print"
    """A print began while nobody had tapped: its material is not charged."""
    WEIGHT = "weight"
    """A printer did not report the weight of a print: its material is not charged."""
    PRINTING = "printing"
    """The end of a print is not reported yet: a week after its start it is charged as expected."""
    LESS_PRINTED = "less_printed"
    """The end of a print was reported after its expected weight was charged: less is charged."""
    NO_PRINT_END = "no_print_end"
    """The end of a print was never reported: the expected weight is charged, as an estimate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """A use or print that is charged once somebody decides it, or later."""

    id: str
    machine: Name
    at: Utc
    grams: float | None = None
    """The weight of a print, expected or reported."""
    cents: int = 0
    """What that weight costs."""
    worked_s: float = 0.0
    """How long the printer worked in this use without reporting a print."""


@dataclass(frozen=True, slots=True)
class Point:
    """One point to review, and the payer it concerns."""

    key: PayerKey
    payer: Payer
    missing: ReviewReason
    """What is not decided or not known."""
    count: int = 1
    """How many uses it concerns."""
    total_cents: int = 0
    """The payer's total of the month."""
    item: OpenItem | None = None
