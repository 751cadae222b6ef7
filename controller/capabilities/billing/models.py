"""Tables of money: tariffs, manual entries, charges, statements, payments and the till."""

from datetime import date
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index
from sqlalchemy.orm import mapped_column

from controller.capabilities.billing.cents import Cents, CentsColumn
from controller.capabilities.billing.kinds import EntryKind, Means, SourceKind, Why
from controller.domain.time import Utc
from controller.store.base import Base, Versioned
from controller.store.data_kinds import (
    About,
    ActorRef,
    FreeText,
    MemberId,
    OrganisationText,
    PaymentReference,
    Permanent,
    PlaceText,
    Plain,
)
from controller.store.types import Json, Slug, Text, Uuid, Word


class TariffRow(Base):
    """A version of a site's tariff; it is valid until the next one begins, and is never changed.

    If several begin on the same day, the last one is valid.
    """

    __tablename__ = "tariff"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"))
    number: Plain[int]
    valid_from: Plain[date]
    decision: PlaceText[Text]
    """Who decided the tariff, and by which formal act; anyone may ask for it."""
    vat_permille: Plain[int]
    vat_ground: PlaceText[Text]
    """The legal ground for the VAT rate, or for charging none."""
    rates: Permanent[list[dict[str, Any]]] = mapped_column(JSON)
    created_by: ActorRef[str]
    created_at: Plain[Utc]

    __table_args__ = (Index("uq_tariff_site_id_number", "site_id", "number", unique=True),)


class TariffDraft(Base):
    """The rates that change with the next version of the tariff, until it is decided."""

    __tablename__ = "tariff_draft"

    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    rates: Permanent[list[dict[str, Any]]] = mapped_column(JSON)
    changed_by: ActorRef[str]
    changed_at: Plain[Utc]


class MoneyEntry(Base):
    """A manual entry: a material, a course or a remission; a cancelled one stays."""

    __tablename__ = "money_entry"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"))
    kind: Plain[EntryKind]
    at: About[Utc]
    member_id: MemberId[Uuid | None] = mapped_column(ForeignKey("member.id"), index=True)
    """Null: sold at the counter without a name, or the member is erased."""
    organisation_id: Plain[Uuid | None] = mapped_column(ForeignKey("organisation.id"))
    """Who pays instead of the member; null for a print's material, since its machine session has
    the payer."""
    project_id: Plain[Uuid | None] = mapped_column(ForeignKey("project.id"))
    article: About[Slug]
    """The id of the article in the tariff; of a remission, the id of the charge that it reduces."""
    quantity: About[int] = mapped_column(BigInteger)
    remitted_cents: About[Cents | None] = mapped_column(CentsColumn)
    reason: FreeText[Text | None]
    by: ActorRef[str]
    cancelled_at: Plain[Utc | None]

    __table_args__ = (Index("ix_money_entry_site_id_at", "site_id", "at"),)


class ChargeRow(Base):
    """The cost of a source. A charge is never edited: a counter-entry reverses it."""

    __tablename__ = "charge"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"))
    month: About[str]
    """The month of its statement, as `2026-11`."""
    done_month: About[str]
    """The month of the use; the statement is of a later month if this one was closed already."""
    day: About[date]
    member_id: MemberId[Uuid | None] = mapped_column(ForeignKey("member.id"))
    """The member; null for sales at the counter, for a group, and once erased."""
    erased: Plain[bool] = mapped_column(default=False)
    """Whether the member was erased; distinguishes it from one that never had a member."""
    organisation_id: Plain[Uuid | None] = mapped_column(ForeignKey("organisation.id"))
    project_id: Plain[Uuid | None] = mapped_column(ForeignKey("project.id"))
    source_kind: About[SourceKind]
    source_id: Plain[Uuid]
    thing: About[Word]
    tariff_id: Plain[Uuid | None] = mapped_column(ForeignKey("tariff.id"))
    why: About[Why]
    quantity: About[int] = mapped_column(BigInteger)
    """Of a machine session: milliseconds, which exceed 32 bits after 24.8 days."""
    steps: About[int] = mapped_column(BigInteger)
    unit_cents: About[Cents] = mapped_column(CentsColumn)
    amount_cents: About[Cents] = mapped_column(CentsColumn)
    vat_cents: About[Cents] = mapped_column(CentsColumn)
    counters_id: Plain[Uuid | None] = mapped_column(ForeignKey("charge.id"), unique=True)
    """The charge that this counter-entry reverses."""
    made_at: Plain[Utc]
    statement_id: Plain[Uuid | None] = mapped_column(ForeignKey("statement.id"), index=True)
    """The frozen statement on which it is; null: its month is open."""

    __table_args__ = (
        Index("ix_charge_site_id_month", "site_id", "month"),
        Index("ix_charge_member_id_done_month", "member_id", "done_month"),
        Index("ix_charge_source_id", "source_id"),
        Index("ix_charge_site_id_member_id_month", "site_id", "member_id", "month"),
    )


class StatementRow(Base):
    """The statement of one payer's month, frozen and numbered."""

    __tablename__ = "statement"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"))
    month: Plain[str]
    number: Plain[int]
    """Numbered from 1 in each month, without gaps."""
    member_id: MemberId[Uuid | None] = mapped_column(ForeignKey("member.id"), index=True)
    erased: Plain[bool] = mapped_column(default=False)
    """Whether the member was erased; distinguishes it from one that never had a member."""
    organisation_id: Plain[Uuid | None] = mapped_column(ForeignKey("organisation.id"))
    project_id: Plain[Uuid | None] = mapped_column(ForeignKey("project.id"))
    total_cents: About[Cents] = mapped_column(CentsColumn)
    vat_cents: About[Cents] = mapped_column(CentsColumn)
    closed_at: Plain[Utc]
    buyer: Permanent[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """An organisation's billing details when the month was closed; null for others."""

    __table_args__ = (
        Index("uq_statement_site_id_month_number", "site_id", "month", "number", unique=True),
    )


class ClosedMonth(Base):
    """A month whose statements are frozen; later corrections go on the statement of a later
    month."""

    __tablename__ = "closed_month"

    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    month: Plain[str] = mapped_column(primary_key=True)
    closed_at: Plain[Utc]
    closed_by: ActorRef[str]
    total_cents: Plain[Cents] = mapped_column(CentsColumn)
    provider: Permanent[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """The provider's details when the month was closed; null: closed before these were stored."""


class ProviderRow(Versioned, Base):
    """The provider that issues a site's statements, and the accounts for its entries."""

    __tablename__ = "provider"

    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    name: OrganisationText[Text | None]
    street: OrganisationText[Text | None]
    postcode: OrganisationText[Word | None]
    city: OrganisationText[Text | None]
    country: Plain[Word]
    siret: Plain[Word | None]
    vat_number: Plain[Word | None]
    accounts: Plain[Json]


class InvoicingRow(Versioned, Base):
    """The billing details that an organisation's accounting department requires."""

    __tablename__ = "invoicing"

    organisation_id: Plain[Uuid] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    street: OrganisationText[Text | None]
    postcode: OrganisationText[Word | None]
    city: OrganisationText[Text | None]
    country: Plain[Word]
    siret: Plain[Word | None]
    engagement: OrganisationText[Text | None]
    """The number of the commitment (*numéro d'engagement*)."""
    service: OrganisationText[Text | None]
    """The code of the paying department."""
    email: OrganisationText[Text | None]
    """The organisation's mailbox for statements; not a person's."""


class PaymentRow(Base):
    """A payment or refund made outside Loquet and noted here, with a receipt number."""

    __tablename__ = "payment"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"))
    year: Plain[int]
    receipt: Plain[int]
    """Numbered from 1 in each year of the site, without gaps."""
    day: About[date]
    """The day of the till to which it belongs; a later one if that day's till was closed."""
    at: About[Utc]
    month: Plain[str]
    """The month of the statement that it pays."""
    member_id: MemberId[Uuid | None] = mapped_column(ForeignKey("member.id"), index=True)
    erased: Plain[bool] = mapped_column(default=False)
    """Whether the member was erased; distinguishes it from one that never had a member."""
    organisation_id: Plain[Uuid | None] = mapped_column(ForeignKey("organisation.id"))
    project_id: Plain[Uuid | None] = mapped_column(ForeignKey("project.id"))
    means: About[Means]
    amount_cents: About[Cents] = mapped_column(CentsColumn)
    reference: PaymentReference[Text | None]
    reason: FreeText[Text | None]
    """Why a payment is cancelled or refunded."""
    sold_id: Plain[Uuid | None]
    """The manual entry, subscription or pass that was sold with it at the desk; null: no sale."""
    counters_id: Plain[Uuid | None] = mapped_column(ForeignKey("payment.id"), unique=True)
    """The payment that this one cancels."""
    once: Plain[Uuid | None]
    """The id of the form by which it was noted: a form that is sent twice makes one payment."""
    by: ActorRef[str]

    __table_args__ = (
        Index("uq_payment_site_id_year_receipt", "site_id", "year", "receipt", unique=True),
        Index("ix_payment_site_id_month", "site_id", "month"),
        Index("ix_payment_site_id_day", "site_id", "day"),
        Index("uq_payment_once", "once", unique=True),
    )


class TillDay(Base):
    """The till of a day, counted and closed."""

    __tablename__ = "till_day"

    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    day: Plain[date] = mapped_column(primary_key=True)
    float_cents: Plain[Cents] = mapped_column(CentsColumn)
    expected_cents: Plain[Cents] = mapped_column(CentsColumn)
    counted_cents: Plain[Cents] = mapped_column(CentsColumn)
    closed_at: Plain[Utc]
    closed_by: ActorRef[str]
    reason: FreeText[Text | None]
    """Why more or less was counted than expected."""


class CashHandover(Base):
    """Cash handed over to the treasurer, with the reference of the receipt."""

    __tablename__ = "cash_handover"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    at: Plain[Utc]
    amount_cents: Plain[Cents] = mapped_column(CentsColumn)
    reference: FreeText[Text | None]
    by: ActorRef[str]


class MoneyNumber(Base):
    """The last number given for something; locking its row makes other writers wait."""

    __tablename__ = "money_number"

    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    what: Plain[Word] = mapped_column(primary_key=True)
    last: Plain[int]
