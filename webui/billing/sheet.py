"""One statement with all its texts, as the page, the PDF and the e-mail's link show it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from controller.capabilities.billing import months, payments, priced_items, statements, tariffs, vat
from controller.capabilities.billing.kinds import FREE, SourceKind, Why
from controller.capabilities.billing.parties import Address, Buyer
from controller.capabilities.billing.payers import PayerKey
from controller.capabilities.billing.priced_items import Names
from controller.capabilities.billing.shapes import Charge, PayerKind, Payment, Statement, Tariff
from controller.capabilities.billing.vat import Share
from controller.capabilities.plans import passes
from controller.capabilities.plans.models import PassKind
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Session
from webui.billing.formatting import (
    calculation_text,
    euros,
    item_name,
    label,
    long_day,
    means_texts,
    near_day,
    pass_rest,
    payer_name,
    percent,
    set_off_text,
)
from webui.billing.views import without_reversals
from webui.i18n import _
from webui.i18n.dates import month_name

DUE_FIRST = 2500
"""Amount in cents from which a bill must be given before payment (arrêté n° 83-50/A)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementContext:
    """A statement with everything that is needed to show it."""

    statement: Statement
    payments: tuple[Payment, ...]
    names: Names
    tariffs: Mapping[str, Tariff]
    unspent_passes: tuple[tuple[str, PassKind, int], ...]
    """Unspent passes: plan, kind, number of units."""

    @property
    def charges(self) -> list[Charge]:
        """The charges without pairs that cancel each other in the same month."""
        return without_reversals(self.statement.charges)

    @property
    def shares(self) -> tuple[Share, ...]:
        """The statement's total by rate of VAT."""
        return vat.shares(self.statement.charges, self.tariffs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a statement."""

    day: str
    what: str
    calculation: str
    """How the amount was calculated."""
    net: str
    vat: str
    gross: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A statement as texts."""

    title: str
    number: str
    month: str
    dated: str
    place: str
    seller: tuple[str, ...]
    buyer: tuple[str, ...]
    lines: tuple[Line, ...]
    shares: tuple[tuple[str, str, str, str], ...]
    """For each rate of VAT: the rate or the reason for none, then net, VAT, gross."""
    total: tuple[str, str, str]
    paid: tuple[tuple[str, str, str], ...]
    left: str
    """What is still owed or overpaid."""
    is_overpaid: bool
    upcoming: str
    """What is left to pay for bookings that have not begun; empty: nothing."""
    passes: tuple[str, ...]
    is_due_first: bool
    is_preview: bool


def read_statement(
    db: Session, site_id: str, month: str, key: PayerKey, *, actor: Actor, now: Utc
) -> StatementContext:
    """Read a statement and what is needed to show it. Raises NotFound, Forbidden."""
    statement = statements.get_for_payer(db, site_id, month, key, actor=actor, now=now)
    return statement_context(db, statement, now)


def statement_context(db: Session, statement: Statement, now: Utc) -> StatementContext:
    """Return the statement with what is needed to show it."""
    site_id, key = statement.site_id, PayerKey(statement.payer.kind, statement.payer.id or "")
    versions = tariffs.of_site(db, site_id)
    unspent = (
        passes.unspent_passes(db, key.id, site_id, now) if key.kind is PayerKind.MEMBER else []
    )
    return StatementContext(
        statement=statement,
        payments=tuple(payments.of_statement(db, site_id, statement.month, key)),
        names=priced_items.names(db, site_id, versions),
        tariffs={version.id: version for version in versions},
        unspent_passes=tuple(unspent),
    )


def statement_sheet(
    loaded: StatementContext, place: str, zone: ZoneInfo, now: Utc, *, named: bool = True
) -> Sheet:
    """Return the statement as texts; `named` is False to leave out the member's name."""
    statement = loaded.statement
    day = months.day_of(statement.closed_at or now, zone)
    number = statement.number or _("preview")
    return Sheet(
        title=_("Statement %(number)s", number=number),
        number=number,
        month=month_name(statement.month),
        dated=long_day(day),
        place=place,
        seller=(
            statement.seller.name,
            *_address(statement.seller),
            *_numbers(statement.seller.vat_number),
        ),
        buyer=_buyer(statement, named=named),
        lines=tuple(_line(charge, loaded) for charge in loaded.charges),
        shares=tuple(_share(share) for share in loaded.shares),
        total=_amounts(statement.total_cents - statement.vat_cents, statement.vat_cents),
        paid=(
            *(_payment_row(payment, zone) for payment in loaded.payments),
            *_set_off(statement.set_off_cents),
        ),
        left=euros(abs(statement.left_cents - statement.upcoming_cents)),
        is_overpaid=statement.left_cents < 0,
        upcoming=euros(statement.upcoming_cents) if statement.upcoming_cents else "",
        passes=tuple(_pass_lines(loaded)),
        is_due_first=statement.total_cents >= DUE_FIRST,
        is_preview=statement.number is None,
    )


def _line(charge: Charge, details: StatementContext) -> Line:
    tariff = details.tariffs.get(charge.tariff_id or "")
    free = charge.why in FREE
    net, tax, gross = _amounts(charge.amount_cents - charge.vat_cents, charge.vat_cents)
    how = [calculation_text(charge, tariff)]
    if tariff and charge.why is not Why.REMISSION:
        how.append(_("tariff %(n)s", n=tariff.number))
    return Line(
        day=near_day(charge.day),
        what=item_name(charge, details.names, tariff),
        calculation=", ".join(filter(None, how)),
        net="" if free else net,
        vat="" if free else tax,
        gross=_("not charged") if free else gross,
    )


def _amounts(net: int, tax: int) -> tuple[str, str, str]:
    return euros(net), euros(tax), euros(net + tax)


def _share(share: Share) -> tuple[str, str, str, str]:
    text = percent(share.permille) if share.permille else share.ground or _("Without VAT")
    return text, *_amounts(share.net_cents, share.vat_cents)


def _set_off(cents: int) -> Iterator[tuple[str, str, str]]:
    if cents:
        yield "", set_off_text(cents), euros(-cents)


def _payment_row(payment: Payment, zone: ZoneInfo) -> tuple[str, str, str]:
    text = _(
        "%(means)s, receipt %(receipt)s",
        means=means_texts()[payment.means],
        receipt=payment.receipt,
    )
    if payment.counters:
        text = _("%(what)s: cancellation", what=text)
    elif payment.amount_cents < 0:
        text = _("%(what)s: refund", what=text)
    return near_day(months.day_of(payment.at, zone)), text, euros(-payment.amount_cents)


def _buyer(statement: Statement, *, named: bool) -> tuple[str, ...]:
    if (buyer := statement.buyer) is not None:
        return (buyer.name, *_address(buyer), *_references(buyer))
    if statement.payer.kind is PayerKind.MEMBER and not named:
        return ()
    return (payer_name(statement.payer),)


def _address(address: Address) -> tuple[str, ...]:
    town = " ".join(filter(None, (address.postcode, address.city)))
    country = address.country if address.country != "FR" else None
    siret = _("SIRET %(number)s", number=address.siret) if address.siret else None
    return tuple(filter(None, (address.street, town, country, siret)))


def _numbers(vat_number: str | None) -> Sequence[str]:
    return (_("VAT %(number)s", number=vat_number),) if vat_number else ()


def _references(buyer: Buyer) -> Iterator[str]:
    if buyer.engagement:
        yield _("Commitment number: %(number)s", number=buyer.engagement)
    if buyer.service:
        yield _("Department code: %(code)s", code=buyer.service)


def _pass_lines(details: StatementContext) -> Iterator[str]:
    for plan, kind, units in details.unspent_passes:
        plan_name = label(details.names.get((SourceKind.PASS, plan), {})) or plan
        yield pass_rest(plan_name, kind, units)
