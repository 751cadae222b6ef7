"""Tables of money: tariffs, manual entries, charges, statements, payments and the till."""

from datetime import date
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from controller.capabilities.billing.cents import Cents, CentsColumn
from controller.capabilities.billing.kinds import EntryKind, Means, SourceKind, Why
from controller.domain.time import Utc
from controller.store.base import Base, Versioned
from controller.store.types import Json, Slug, Text, Uuid, Word


class TariffRow(Base):
    """A version of a site's tariff; it is valid until the next one begins, and is never changed.

    If several begin on the same day, the last one is valid.
    """

    __tablename__ = "tariff"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"))
    number: Mapped[int]
    valid_from: Mapped[date]
    decision: Mapped[Text]
    """Who decided the tariff, and by which formal act; anyone may ask for it."""
    vat_permille: Mapped[int]
    vat_ground: Mapped[Text]
    """The legal ground for the VAT rate, or for charging none."""
    rates: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    created_by: Mapped[str]
    created_at: Mapped[Utc]

    __table_args__ = (Index("uq_tariff_site_id_number", "site_id", "number", unique=True),)


class TariffDraft(Base):
    """The rates that change with the next version of the tariff, until it is decided."""

    __tablename__ = "tariff_draft"

    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    rates: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    changed_by: Mapped[str]
    changed_at: Mapped[Utc]


class MoneyEntry(Base):
    """A manual entry: a material, a course or a remission; a cancelled one stays."""

    __tablename__ = "money_entry"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"))
    kind: Mapped[EntryKind]
    at: Mapped[Utc]
    member_id: Mapped[Uuid | None] = mapped_column(ForeignKey("member.id"), index=True)
    """Null: sold at the counter without a name, or the member is erased."""
    organisation_id: Mapped[Uuid | None] = mapped_column(ForeignKey("organisation.id"))
    """Who pays instead of the member; null for a print's material, since its machine session has
    the payer."""
    project_id: Mapped[Uuid | None] = mapped_column(ForeignKey("project.id"))
    article: Mapped[Slug]
    """The id of the article in the tariff; of a remission, the id of the charge that it reduces."""
    quantity: Mapped[int] = mapped_column(BigInteger)
    remitted_cents: Mapped[Cents | None] = mapped_column(CentsColumn)
    reason: Mapped[Text | None]
    by: Mapped[str]
    cancelled_at: Mapped[Utc | None]

    __table_args__ = (Index("ix_money_entry_site_id_at", "site_id", "at"),)


class ChargeRow(Base):
    """The cost of a source. A charge is never edited: a counter-entry reverses it."""

    __tablename__ = "charge"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"))
    month: Mapped[str]
    """The month of its statement, as `2026-11`."""
    done_month: Mapped[str]
    """The month of the use; the statement is of a later month if this one was closed already."""
    day: Mapped[date]
    member_id: Mapped[Uuid | None] = mapped_column(ForeignKey("member.id"))
    """The member; null for sales at the counter, for a group, and once erased."""
    erased: Mapped[bool] = mapped_column(default=False)
    """Whether the member was erased; distinguishes it from one that never had a member."""
    organisation_id: Mapped[Uuid | None] = mapped_column(ForeignKey("organisation.id"))
    project_id: Mapped[Uuid | None] = mapped_column(ForeignKey("project.id"))
    source_kind: Mapped[SourceKind]
    source_id: Mapped[Uuid]
    thing: Mapped[Word]
    tariff_id: Mapped[Uuid | None] = mapped_column(ForeignKey("tariff.id"))
    why: Mapped[Why]
    quantity: Mapped[int] = mapped_column(BigInteger)
    """Of a machine session: milliseconds, which exceed 32 bits after 24.8 days."""
    steps: Mapped[int] = mapped_column(BigInteger)
    unit_cents: Mapped[Cents] = mapped_column(CentsColumn)
    amount_cents: Mapped[Cents] = mapped_column(CentsColumn)
    vat_cents: Mapped[Cents] = mapped_column(CentsColumn)
    counters_id: Mapped[Uuid | None] = mapped_column(ForeignKey("charge.id"), unique=True)
    """The charge that this counter-entry reverses."""
    made_at: Mapped[Utc]
    statement_id: Mapped[Uuid | None] = mapped_column(ForeignKey("statement.id"), index=True)
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

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"))
    month: Mapped[str]
    number: Mapped[int]
    """Numbered from 1 in each month, without gaps."""
    member_id: Mapped[Uuid | None] = mapped_column(ForeignKey("member.id"), index=True)
    erased: Mapped[bool] = mapped_column(default=False)
    """Whether the member was erased; distinguishes it from one that never had a member."""
    organisation_id: Mapped[Uuid | None] = mapped_column(ForeignKey("organisation.id"))
    project_id: Mapped[Uuid | None] = mapped_column(ForeignKey("project.id"))
    total_cents: Mapped[Cents] = mapped_column(CentsColumn)
    vat_cents: Mapped[Cents] = mapped_column(CentsColumn)
    closed_at: Mapped[Utc]
    buyer: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """An organisation's billing details when the month was closed; null for others."""

    __table_args__ = (
        Index("uq_statement_site_id_month_number", "site_id", "month", "number", unique=True),
    )


class ClosedMonth(Base):
    """A month whose statements are frozen; later corrections go on the statement of a later
    month."""

    __tablename__ = "closed_month"

    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    month: Mapped[str] = mapped_column(primary_key=True)
    closed_at: Mapped[Utc]
    closed_by: Mapped[str]
    total_cents: Mapped[Cents] = mapped_column(CentsColumn)
    provider: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """The provider's details when the month was closed; null: closed before these were stored."""


class ProviderRow(Versioned, Base):
    """The provider that issues a site's statements, and the accounts for its entries."""

    __tablename__ = "provider"

    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    name: Mapped[Text | None]
    street: Mapped[Text | None]
    postcode: Mapped[Word | None]
    city: Mapped[Text | None]
    country: Mapped[Word]
    siret: Mapped[Word | None]
    vat_number: Mapped[Word | None]
    accounts: Mapped[Json]


class InvoicingRow(Versioned, Base):
    """The billing details that an organisation's accounting department requires."""

    __tablename__ = "invoicing"

    organisation_id: Mapped[Uuid] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    street: Mapped[Text | None]
    postcode: Mapped[Word | None]
    city: Mapped[Text | None]
    country: Mapped[Word]
    siret: Mapped[Word | None]
    engagement: Mapped[Text | None]
    """The number of the commitment (*numéro d'engagement*)."""
    service: Mapped[Text | None]
    """The code of the paying department."""
    email: Mapped[Text | None]
    """The organisation's mailbox for statements; not a person's."""


class PaymentRow(Base):
    """A payment or refund made outside Loquet and noted here, with a receipt number."""

    __tablename__ = "payment"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"))
    year: Mapped[int]
    receipt: Mapped[int]
    """Numbered from 1 in each year of the site, without gaps."""
    day: Mapped[date]
    """The day of the till to which it belongs; a later one if that day's till was closed."""
    at: Mapped[Utc]
    month: Mapped[str]
    """The month of the statement that it pays."""
    member_id: Mapped[Uuid | None] = mapped_column(ForeignKey("member.id"), index=True)
    erased: Mapped[bool] = mapped_column(default=False)
    """Whether the member was erased; distinguishes it from one that never had a member."""
    organisation_id: Mapped[Uuid | None] = mapped_column(ForeignKey("organisation.id"))
    project_id: Mapped[Uuid | None] = mapped_column(ForeignKey("project.id"))
    means: Mapped[Means]
    amount_cents: Mapped[Cents] = mapped_column(CentsColumn)
    reference: Mapped[Text | None]
    reason: Mapped[Text | None]
    """Why a payment is cancelled or refunded."""
    sold_id: Mapped[Uuid | None]
    """The manual entry, subscription or pass that was sold with it at the desk; null: no sale."""
    counters_id: Mapped[Uuid | None] = mapped_column(ForeignKey("payment.id"), unique=True)
    """The payment that this one cancels."""
    once: Mapped[Uuid | None]
    """The id of the form by which it was noted: a form that is sent twice makes one payment."""
    by: Mapped[str]

    __table_args__ = (
        Index("uq_payment_site_id_year_receipt", "site_id", "year", "receipt", unique=True),
        Index("ix_payment_site_id_month", "site_id", "month"),
        Index("ix_payment_site_id_day", "site_id", "day"),
        Index("uq_payment_once", "once", unique=True),
    )


class TillDay(Base):
    """The till of a day, counted and closed."""

    __tablename__ = "till_day"

    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    float_cents: Mapped[Cents] = mapped_column(CentsColumn)
    expected_cents: Mapped[Cents] = mapped_column(CentsColumn)
    counted_cents: Mapped[Cents] = mapped_column(CentsColumn)
    closed_at: Mapped[Utc]
    closed_by: Mapped[str]
    reason: Mapped[Text | None]
    """Why more or less was counted than expected."""


class CashHandover(Base):
    """Cash handed over to the treasurer, with the reference of the receipt."""

    __tablename__ = "cash_handover"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), index=True)
    at: Mapped[Utc]
    amount_cents: Mapped[Cents] = mapped_column(CentsColumn)
    reference: Mapped[Text | None]
    by: Mapped[str]


class MoneyNumber(Base):
    """The last number given for something; locking its row makes other writers wait."""

    __tablename__ = "money_number"

    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    what: Mapped[Word] = mapped_column(primary_key=True)
    last: Mapped[int]
