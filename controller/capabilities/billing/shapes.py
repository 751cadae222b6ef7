"""Money in the form that the API and the pages use; every amount is whole cents."""

from datetime import date
from enum import StrEnum
from typing import Annotated

import msgspec

from controller.capabilities.billing.kinds import Means, SourceKind, Why
from controller.capabilities.billing.parties import Buyer, Seller
from controller.capabilities.billing.rates import Number, Rate
from controller.capabilities.members.shapes import OnBehalf
from controller.domain.ids import END
from controller.domain.time import Utc
from controller.kernel.shapes import LongLine, Note, OneOf, Shape, Slug

Amount = Annotated[int, msgspec.Meta(ge=1, le=100_000_000)]
"""Whole cents."""
Month = Annotated[str, msgspec.Meta(pattern=r"^2\d{3}-(0[1-9]|1[0-2])" + END)]
Permille = Annotated[int, msgspec.Meta(ge=0, le=500)]
Counted = Annotated[int, msgspec.Meta(ge=0, le=100_000_000)]
OUT_OF_SCOPE = "Hors du champ de la TVA, CGI art. 256 B"
"""The usual ground for no VAT of a public place; its accountant confirms it."""


class NewTariff(Shape, frozen=True, kw_only=True):
    """A version of the tariff with all prices, valid from a day on; it is never changed.

    `vat_permille`: 200 is 20 %, contained in the prices; `vat_ground`: why there is none.
    """

    valid_from: date
    decision: LongLine
    rates: Annotated[tuple[Rate, ...], msgspec.Meta(min_length=1, max_length=500)]
    vat_permille: Permille = 0
    vat_ground: LongLine = OUT_OF_SCOPE
    site_id: Slug | None = None


class Tariff(Shape, frozen=True, kw_only=True):
    """A version of the tariff."""

    id: str
    site_id: Slug
    number: int
    valid_from: date
    decision: str
    rates: tuple[Rate, ...]
    vat_permille: int
    vat_ground: str
    created_at: Utc
    version: int = 1


class NewCharge(OnBehalf, frozen=True, kw_only=True):
    """A material or a course to charge; without a member, a sale at the counter."""

    article: Slug
    quantity: Number = 1
    member_id: str | None = None
    site_id: Slug | None = None


class Remission(Shape, frozen=True, kw_only=True):
    """How much of a charge is remitted, and why."""

    amount_cents: Amount
    reason: Note


class Charge(OnBehalf, frozen=True, kw_only=True):
    """A charge: `steps` times `unit_cents`, unless `why` gives another reason for the amount.

    `quantity` is what was measured: milliseconds of a session, minutes of a booking, else pieces.
    `counters`: the charge that this one reverses.
    """

    id: str
    site_id: Slug
    month: str
    day: date
    member_id: str | None
    source: SourceKind
    source_id: str
    thing: str
    tariff_id: str | None
    why: Why
    quantity: int
    steps: int
    unit_cents: int
    amount_cents: int
    vat_cents: int
    counters: str | None
    reason: str | None
    """The reason of a remission."""
    statement_id: str | None
    made_at: Utc
    version: int = 1
    erased: bool = False
    """Whether the member has been erased."""


class PayerKind(StrEnum):
    """Kinds of payers."""

    MEMBER = "member"
    ORGANISATION = "organisation"
    PROJECT = "project"
    COUNTER = "counter"
    """An unnamed customer at the counter."""
    ERASED = "erased"
    """People who have been erased, all of them together."""


class Payer(Shape, frozen=True, kw_only=True):
    """A payer with the name in each language."""

    kind: PayerKind
    id: str | None
    name: dict[str, str]


class Statement(Shape, frozen=True, kw_only=True):
    """The statement of one payer's month; without `id` and `number` a preview of an open month."""

    id: str | None
    number: str | None
    """As `2026-11-001`."""
    site_id: Slug
    month: str
    payer: Payer
    charges: tuple[Charge, ...]
    total_cents: int
    vat_cents: int
    paid_cents: int
    set_off_cents: int
    """What a credit of another month pays of this one; negative: what this month's credit pays of
    closed months."""
    left_cents: int
    """What is left to pay, with what is for bookings that have not begun."""
    upcoming_cents: int
    """The part of `left_cents` for bookings that have not begun: it is owed once they begin."""
    closed_at: Utc | None
    seller: Seller
    """The provider's details; those when the month was closed."""
    buyer: Buyer | None
    """An organisation's billing details."""
    version: int = 1


class CloseMonth(Shape, frozen=True, kw_only=True):
    """Freeze the statements of a month that is over."""

    month: Month
    site_id: Slug | None = None


class Closed(Shape, frozen=True, kw_only=True):
    """A closed month, with the number of its statements, which are numbered from 1."""

    site_id: Slug
    month: str
    statements: int
    total_cents: int
    closed_at: Utc


class NewPayment(OneOf, frozen=True, kw_only=True):
    """A payment made outside Loquet, with the payer and the month of the statement."""

    ONE_OF = ("member_id", "organisation_id", "project_id")

    means: Means
    amount_cents: Amount
    month: Month
    member_id: str | None = None
    organisation_id: str | None = None
    project_id: str | None = None
    reference: LongLine | None = None
    site_id: Slug | None = None


class Refund(NewPayment, frozen=True, kw_only=True):
    """The refund of what was overpaid for a month, with a reason."""

    reason: Note


class Payment(Shape, frozen=True, kw_only=True):
    """A noted payment; a negative amount is a refund, or cancels the payment `counters`."""

    id: str
    receipt: str
    """As `2026-000001`."""
    site_id: Slug
    day: date
    at: Utc
    month: str
    member_id: str | None
    organisation_id: str | None
    project_id: str | None
    means: Means
    amount_cents: int
    reference: str | None
    reason: str | None
    """Why a payment is cancelled or refunded."""
    counters: str | None
    version: int = 1
    erased: bool = False
    """Whether the member who paid has been erased."""


class TakeBack(Shape, frozen=True, kw_only=True):
    """The cancellation of a payment.

    `reason`: needed for a payment that somebody else noted, or whose till is closed.
    """

    reason: Note | None = None
    keeps_sale: bool = False
    """For a sale: cancel only the payment, so that what was sold stays owed."""


class CountTill(Shape, frozen=True, kw_only=True):
    """The count of a till, and what stays in it as float; `reason`: why it differs."""

    counted_cents: Counted
    float_cents: Counted
    reason: Note | None = None


class NewHandover(Shape, frozen=True, kw_only=True):
    """Cash that goes to the treasurer; `reference`: the receipt for it."""

    amount_cents: Amount
    reference: LongLine | None = None
