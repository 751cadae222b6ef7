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
from webui.billing.words_of import (
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
    left: tuple[tuple[str, PassKind, int], ...]
    """Unspent passes: plan, kind, number of units."""

    @property
    def charges(self) -> list[Charge]:
        """The charges without pairs that cancel each other in the same month."""
        all_ = self.statement.charges
        gone = {charge.counters for charge in all_ if charge.counters}
        here = {charge.id for charge in all_}
        return [
            charge
            for charge in all_
            if charge.id not in gone and (charge.counters is None or charge.counters not in here)
        ]

    @property
    def shares(self) -> tuple[Share, ...]:
        """The statement's total by rate of VAT."""
        return vat.shares(self.statement.charges, self.tariffs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a statement."""

    day: str
    what: str
    how: str
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
    where: str
    """Name of the place."""
    seller: tuple[str, ...]
    buyer: tuple[str, ...]
    lines: tuple[Line, ...]
    shares: tuple[tuple[str, str, str, str], ...]
    """For each rate of VAT: the rate or the reason for none, then net, VAT, gross."""
    total: tuple[str, str, str]
    paid: tuple[tuple[str, str, str], ...]
    left: str
    """What is still owed or overpaid."""
    gives_back: bool
    """Whether more was paid than is owed."""
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
    kept = passes.unspent_passes(db, key.id, site_id, now) if key.kind is PayerKind.MEMBER else []
    return StatementContext(
        statement=statement,
        payments=tuple(payments.of_statement(db, site_id, statement.month, key)),
        names=priced_items.names(db, site_id, versions),
        tariffs={version.id: version for version in versions},
        left=tuple(kept),
    )


def statement_sheet(
    found: StatementContext, place: str, zone: ZoneInfo, now: Utc, *, named: bool = True
) -> Sheet:
    """Return the statement as texts; `named` is False to leave out the member's name."""
    it = found.statement
    day = months.day_of(it.closed_at or now, zone)
    number = it.number or _("preview")
    return Sheet(
        title=_("Statement %(number)s", number=number),
        number=number,
        month=month_name(it.month),
        dated=long_day(day),
        where=place,
        seller=(it.seller.name, *_address(it.seller), *_numbers(it.seller.vat_number)),
        buyer=_buyer(it, named=named),
        lines=tuple(_line(charge, found) for charge in found.charges),
        shares=tuple(_share(share) for share in found.shares),
        total=_amounts(it.total_cents - it.vat_cents, it.vat_cents),
        paid=(*(_paid(payment, zone) for payment in found.payments), *_set_off(it.set_off_cents)),
        left=euros(abs(it.left_cents)),
        gives_back=it.left_cents < 0,
        passes=tuple(_passes(found)),
        is_due_first=it.total_cents >= DUE_FIRST,
        is_preview=it.number is None,
    )


def _line(charge: Charge, found: StatementContext) -> Line:
    tariff = found.tariffs.get(charge.tariff_id or "")
    free = charge.why in FREE
    net, tax, gross = _amounts(charge.amount_cents - charge.vat_cents, charge.vat_cents)
    how = [calculation_text(charge, tariff)]
    if tariff and charge.why is not Why.REMISSION:
        how.append(_("tariff %(n)s", n=tariff.number))
    return Line(
        day=near_day(charge.day),
        what=item_name(charge, found.names, tariff),
        how=", ".join(filter(None, how)),
        net="" if free else net,
        vat="" if free else tax,
        gross=_("not charged") if free else gross,
    )


def _amounts(net: int, tax: int) -> tuple[str, str, str]:
    return euros(net), euros(tax), euros(net + tax)


def _share(share: Share) -> tuple[str, str, str, str]:
    said = percent(share.permille) if share.permille else share.ground or _("Without VAT")
    return said, *_amounts(share.net_cents, share.vat_cents)


def _set_off(cents: int) -> Iterator[tuple[str, str, str]]:
    if cents:
        yield "", set_off_text(cents), euros(-cents)


def _paid(payment: Payment, zone: ZoneInfo) -> tuple[str, str, str]:
    said = _(
        "%(means)s, receipt %(receipt)s",
        means=means_texts()[payment.means],
        receipt=payment.receipt,
    )
    if payment.counters:
        said = _("%(what)s: cancellation", what=said)
    elif payment.amount_cents < 0:
        said = _("%(what)s: refund", what=said)
    return near_day(months.day_of(payment.at, zone)), said, euros(-payment.amount_cents)


def _buyer(it: Statement, *, named: bool) -> tuple[str, ...]:
    if it.buyer is not None:
        return (it.buyer.name, *_address(it.buyer), *_references(it.buyer))
    if it.payer.kind is PayerKind.MEMBER and not named:
        return ()
    return (payer_name(it.payer),)


def _address(at: Address) -> tuple[str, ...]:
    town = " ".join(filter(None, (at.postcode, at.city)))
    country = at.country if at.country != "FR" else None
    siret = _("SIRET %(number)s", number=at.siret) if at.siret else None
    return tuple(filter(None, (at.street, town, country, siret)))


def _numbers(vat_number: str | None) -> Sequence[str]:
    return (_("VAT %(number)s", number=vat_number),) if vat_number else ()


def _references(buyer: Buyer) -> Iterator[str]:
    if buyer.engagement:
        yield _("Commitment number: %(number)s", number=buyer.engagement)
    if buyer.service:
        yield _("Department code: %(code)s", code=buyer.service)


def _passes(found: StatementContext) -> Iterator[str]:
    for plan, kind, units in found.left:
        called = label(found.names.get((SourceKind.PASS, plan), {})) or plan
        yield pass_rest(called, kind, units)
