"""Makes pre-invoices from organisations' statements, for the program that issues invoices."""

from collections.abc import Mapping
from datetime import date

import msgspec
from sqlalchemy.orm import Session

from controller.capabilities.billing import priced_items, providers, statements, tariffs, vat
from controller.capabilities.billing.books import last_day
from controller.capabilities.billing.en16931 import (
    CREDIT_NOTE,
    EXEMPT,
    INVOICE,
    ONE,
    OUT_OF_SCOPE,
    SPECIFICATION,
    STANDARD,
    Breakdown,
    Line,
    Party,
    PreInvoice,
    Totals,
)
from controller.capabilities.billing.kinds import FREE, Why
from controller.capabilities.billing.parties import Buyer, Seller
from controller.capabilities.billing.priced_items import Names
from controller.capabilities.billing.shapes import Charge, Statement, Tariff
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.errors import Conflict

_OUTSIDE = ("256 b", "hors du champ", "hors champ")
"""Words in the ground for no VAT that mean out of scope; without them it is an exemption."""


def get(db: Session, statement_id: str, *, actor: Actor, now: Utc) -> PreInvoice:
    """Return the pre-invoice of a frozen statement.

    Raises NotFound; Conflict, which names what is missing.
    """
    statement = statements.get(db, statement_id, actor=actor, now=now)
    if statement.buyer is None:
        raise Conflict("only an organisation's statement becomes an invoice")
    statement = _with_numbers(db, statement, statement.buyer)
    if statement.seller.siret is None:
        raise Conflict("first set the provider's SIRET")
    if statement.vat_cents and statement.seller.vat_number is None:
        raise Conflict("the statement has VAT: first set the provider's VAT number")
    versions = tariffs.of_site(db, statement.site_id)
    names = priced_items.names(db, statement.site_id, versions)
    return _PreInvoice(statement, {version.id: version for version in versions}, names).build()


def _with_numbers(db: Session, statement: Statement, buyer: Buyer) -> Statement:
    """Return the frozen statement, with current numbers where they were missing at that time."""
    seller = statement.seller
    if seller.siret is None:
        seller = providers.seller(db, statement.site_id)
    if buyer.siret is None and statement.payer.id:
        buyer = providers.buyer(db, statement.payer.id)
    return msgspec.structs.replace(statement, seller=seller, buyer=buyer)


class _PreInvoice:
    """Builds a pre-invoice; a credit note has all signs changed, so that its amounts are
    positive."""

    def __init__(self, statement: Statement, versions: Mapping[str, Tariff], names: Names) -> None:
        self._statement, self._versions, self._names = statement, versions, names
        self._sign = -1 if statement.total_cents < 0 else 1
        self._charges = [
            charge for charge in statement.charges if charge.why not in FREE and charge.amount_cents
        ]
        self._shares = vat.shares(self._charges, versions)

    def build(self) -> PreInvoice:
        statement = self._statement
        buyer = statement.buyer or Buyer(name="")
        return PreInvoice(
            specification=SPECIFICATION,
            type_code=INVOICE if self._sign > 0 else CREDIT_NOTE,
            currency="EUR",
            note=f"Relevé {statement.number} de {statement.seller.name}, {statement.month}",
            document=statement.number or "",
            delivered=last_day(statement.month),
            starts=date.fromisoformat(f"{statement.month}-01"),
            ends=last_day(statement.month),
            buyer_reference=buyer.service,
            order_reference=buyer.engagement,
            seller=self._seller(_party(statement.seller)),
            buyer=_party(buyer),
            totals=self._totals(),
            breakdown=self._breakdown(),
            lines=tuple(
                self._line(number, charge) for number, charge in enumerate(self._charges, 1)
            ),
        )

    def _seller(self, party: Party) -> Party:
        """Add the seller's VAT number, or its tax number where something is exempt (BR-E-02).

        Neither is given where all is outside the scope of VAT (BR-O-02).
        """
        categories = {self._category(share.permille, share.ground) for share in self._shares}
        if OUT_OF_SCOPE in categories:
            return party
        number = self._statement.seller.vat_number
        tax_number = party.siren if number is None else None
        return msgspec.structs.replace(party, vat_number=number, tax_number=tax_number)

    def _category(self, permille: int, ground: str) -> str:
        """Return the VAT category.

        Out-of-scope lines can't be mixed with others (BR-O-11), so they become exempt then.
        """
        if permille:
            return STANDARD
        mixed = any(share.permille for share in self._shares)
        outside = any(word in ground.lower() for word in _OUTSIDE)
        return OUT_OF_SCOPE if outside and not mixed else EXEMPT

    def _totals(self) -> Totals:
        statement = self._statement
        net = self._money(statement.total_cents - statement.vat_cents)
        return Totals(
            lines=net,
            without_vat=net,
            vat=self._money(statement.vat_cents),
            with_vat=self._money(statement.total_cents),
            paid=self._money(statement.paid_cents + statement.set_off_cents),
            due=self._money(statement.left_cents),
        )

    def _breakdown(self) -> tuple[Breakdown, ...]:
        """Return the VAT of each category and rate (BR-CO-18)."""
        sums: dict[tuple[str, int], tuple[int, int, list[str]]] = {}
        for share in self._shares:
            key = self._category(share.permille, share.ground), share.permille
            net, tax, grounds = sums.get(key, (0, 0, []))
            sums[key] = net + share.net_cents, tax + share.vat_cents, [*grounds, share.ground]
        return tuple(
            Breakdown(
                taxable=self._money(net),
                tax=self._money(tax),
                category=category,
                rate=_rate(category, permille),
                reason=None if permille else " ; ".join(filter(None, grounds)) or None,
            )
            for (category, permille), (net, tax, grounds) in sums.items()
        )

    def _line(self, number: int, charge: Charge) -> Line:
        permille, ground = vat.rate_of(charge, self._versions)
        category = self._category(permille, ground)
        net = self._sign * (charge.amount_cents - charge.vat_cents)
        quantity = _invoiced_quantity(charge)
        return Line(
            id=str(number),
            item=self._item(charge),
            quantity=str(quantity if net >= 0 else -quantity),
            unit=ONE,
            net_price=_text(abs(net) // quantity),
            net_amount=_text(net),
            category=category,
            rate=_rate(category, permille),
            starts=charge.day,
            ends=charge.day,
            note=_note(charge),
        )

    def _item(self, charge: Charge) -> str:
        if charge.reason:
            return f"Remise : {charge.reason}"
        name = self._names.get((charge.source, charge.thing), {})
        return name.get("fr") or name.get("en") or charge.thing

    def _money(self, cents: int) -> str:
        return _text(self._sign * cents)


def _party(at: Seller | Buyer) -> Party:
    return Party(
        name=at.name,
        siret=at.siret,
        siren=at.siret[:9] if at.siret else None,
        street=at.street,
        city=at.city,
        postcode=at.postcode,
        country=at.country,
    )


def _invoiced_quantity(charge: Charge) -> int:
    """Return the quantity: the steps, if steps times price is exactly the amount, else 1."""
    exact = not charge.vat_cents and charge.steps > 0
    return (
        charge.steps
        if exact and charge.steps * charge.unit_cents == abs(charge.amount_cents)
        else 1
    )


def _rate(category: str, permille: int) -> str | None:
    """Return the VAT rate in percent; None outside the scope of VAT (BR-O-05)."""
    return None if category == OUT_OF_SCOPE else f"{permille // 10}.{permille % 10}"


def _note(charge: Charge) -> str | None:
    """Return a note on the measured steps, and on why the amount differs from them."""
    words = {
        Why.MINIMUM: "porté au minimum",
        Why.CAPPED: "plafond du jour atteint",
        Why.COUNTER: "corrige une ligne d'un relevé précédent",
    }
    note = words.get(charge.why, "")
    if charge.why in (Why.STEPS, Why.MINIMUM, Why.CAPPED):
        steps = f"{charge.steps} × {_text(charge.unit_cents)} EUR TTC"
        note = f"{steps}, {note}" if note else steps
    return note or None


def _text(cents: int) -> str:
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"
