"""Pre-invoice data: with what an invoice's issuer adds they satisfy the rules of EN 16931."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from controller.capabilities.billing import (
    charges,
    payments,
    pre_invoices,
    providers,
    statements,
    tariffs,
)
from controller.capabilities.billing.book_updates import catch_up
from controller.capabilities.billing.kinds import Means
from controller.capabilities.billing.models import ClosedMonth, MoneyEntry, StatementRow
from controller.capabilities.billing.rates import ArticleRate
from controller.capabilities.billing.shapes import (
    CloseMonth,
    NewCharge,
    NewPayment,
    NewTariff,
    Remission,
)
from controller.capabilities.organisations import organisations
from controller.capabilities.organisations.shapes import NewOrganisation
from controller.domain.time import Utc
from controller.kernel.errors import Conflict
from controller.kernel.jsontypes import to_json
from controller.kernel.shapes import Label
from tests.capabilities.billing.month import OCTOBER, set_tariff, somebody
from tests.capabilities.conftest import BOSS, Place
from tests.support.cii import broken, cii

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
PLYWOOD = ArticleRate(id="plywood", name=Label(fr="Contreplaqué <3 mm>"), price_cents=433)
VAT_NUMBER = "FR83404833048"
SELLER = {
    "name": "Communauté de communes & Cie",
    "street": "1 place du Marché",
    "postcode": "62400",
    "city": "Béthune",
    "siret": "26620001700017",
}
BUYER = {
    "street": "3 rue de l’École",
    "postcode": "62000",
    "city": "Arras",
    "siret": "35600000000048",
    "engagement": "EJ-2026-77",
    "service": "ATELIER",
}


def frozen(place: Place, vat: int = 0, ground: str = "x", paid: int = 0) -> str:
    """October of an organisation: three sheets, of which one is remitted; the statement's id."""
    now, then = place.now, Utc.of(place.now - timedelta(days=40))
    with place.database.write() as db:
        new = NewTariff(
            valid_from=then.date().replace(day=1),
            decision="2026-61",
            rates=(PLYWOOD,),
            site_id="here",
            vat_permille=vat,
            vat_ground=ground,
        )
        tariffs.create(db, new, actor=BOSS, now=now)
        lycee = NewOrganisation(name=Label(fr="Lycée Malraux"), site_id="here")
        school = organisations.create(db, lycee, actor=BOSS, now=now).id
        numbers = {"vat_number": VAT_NUMBER} if vat else {}
        providers.change(db, "here", SELLER | numbers, version=0, actor=BOSS, now=now)
        providers.change_invoicing(db, school, BUYER, version=0, actor=BOSS, now=now)
        sheets = [
            NewCharge(article="plywood", quantity=n, organisation_id=school, site_id="here")
            for n in (1, 2)
        ]
        made = [charges.create(db, sheet, actor=BOSS, now=then).id for sheet in sheets]
        off = Remission(amount_cents=433, reason="voilée")
        charges.remit(db, made[1], off, actor=BOSS, now=then)
        if paid:
            pay = NewPayment(
                means=Means.CARD,
                amount_cents=paid,
                month=OCTOBER,
                organisation_id=school,
                site_id="here",
            )
            payments.create(db, pay, actor=BOSS, now=now)
    return closed(place, OCTOBER, now)


def closed(place: Place, month: str, now: Utc) -> str:
    catch_up(place.database, "here", now)
    with place.database.write() as db:
        statements.close(db, CloseMonth(month=month, site_id="here"), actor=BOSS, now=now)
        return db.scalars(select(StatementRow.id).where(StatementRow.month == month)).one()


def data(place: Place, statement: str) -> Any:
    with place.database.read() as db:
        return to_json(pre_invoices.get(db, statement, actor=BOSS, now=place.now))


@pytest.mark.parametrize(
    ("vat", "ground", "category"),
    [
        (0, "Hors du champ de la TVA, CGI art. 256 B", "O"),
        (0, "CGI art. 261-7-1° b", "E"),
        (200, "x", "S"),
        (55, "x", "S"),
    ],
)
def test_it_satisfies_the_norm(place: Place, vat: int, ground: str, category: str) -> None:
    found = data(place, frozen(place, vat, ground, paid=100))
    assert broken(cii(found)) == []
    assert found["BT-13 Purchase order reference"] == "EJ-2026-77"
    assert {line["BT-118 VAT category code"] for line in found["BG-23 VAT BREAKDOWN"]} == {category}
    totals = found["BG-22 DOCUMENT TOTALS"]
    assert totals["BT-112 Invoice total amount with VAT"] == "8.66"
    assert totals["BT-115 Amount due for payment"] == "7.66"
    assert [line["BT-129 Invoiced quantity"] for line in found["BG-25 INVOICE LINE"]] == (
        ["1", "1", "-1"] if vat else ["1", "2", "-1"]
    )


def test_what_is_given_back_is_a_credit_note(place: Place) -> None:
    frozen(place)
    later = Utc.of(place.now + timedelta(days=10))
    with place.database.write() as db:
        first = select(MoneyEntry.id).where(MoneyEntry.remitted_cents.is_(None))
        charges.take_back(db, sorted(db.scalars(first))[0], actor=BOSS, now=later)
    found = data(place, closed(place, "2026-11", later))
    assert found["BT-3 Invoice type code"] == "381"
    totals = found["BG-22 DOCUMENT TOTALS"]
    assert totals["BT-112 Invoice total amount with VAT"] == "4.33"
    assert broken(cii(found)) == []


@pytest.mark.parametrize(
    ("wrong", "right", "rule"),
    [
        (">7.66</ram:DuePayableAmount>", ">7.60</ram:DuePayableAmount>", "BR-CO-16"),
        ("<ram:CategoryCode>S", "<ram:CategoryCode>O", "BR-"),
        ('unitCode="C62"', 'unitCode="ZZZZ"', "@unitCode"),
        (VAT_NUMBER, VAT_NUMBER[2:], "BR-CO-09"),
        ("<ram:TypeCode>380", "<ram:TypeCode>1", "ram:TypeCode"),
    ],
)
def test_the_rules_find_a_fault(place: Place, wrong: str, right: str, rule: str) -> None:
    good = cii(data(place, frozen(place, 200, paid=100)))
    assert wrong in good
    found = broken(good.replace(wrong, right))
    assert any(rule in name for name in found), found


def test_what_is_missing_is_named(place: Place) -> None:
    statement = frozen(place, 200)
    with place.database.write() as db:
        row = db.get_one(ClosedMonth, ("here", OCTOBER))
        row.provider = None
        bare = {"siret": None, "vat_number": None}
        providers.change(db, "here", bare, version=1, actor=BOSS, now=place.now)
    with pytest.raises(Conflict, match="SIRET"):
        data(place, statement)
    with place.database.write() as db:
        said = {"siret": SELLER["siret"]}
        providers.change(db, "here", said, version=2, actor=BOSS, now=place.now)
    with pytest.raises(Conflict, match="VAT number"):
        data(place, statement)


def test_a_person_is_sent_no_invoice(place: Place) -> None:
    set_tariff(place)
    amina, _ = somebody(place)
    then = Utc.of(place.now - timedelta(days=40))
    with place.database.write() as db:
        sheet = NewCharge(article="plywood", member_id=amina, site_id="here")
        charges.create(db, sheet, actor=BOSS, now=then)
    with pytest.raises(Conflict, match="organisation"):
        data(place, closed(place, OCTOBER, place.now))
