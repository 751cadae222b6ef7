"""Prices of the demo's place, closed months, and payments."""

from collections.abc import Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from controller.capabilities.accounts.identity import actor_of
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.billing import (
    book_updates,
    charges,
    months,
    payments,
    providers,
    statements,
    tariffs,
    till,
)
from controller.capabilities.billing.cents import Cents
from controller.capabilities.billing.kinds import Counts, Means, Unit, Why
from controller.capabilities.billing.models import ChargeRow
from controller.capabilities.billing.rates import (
    ArticleRate,
    MachineRate,
    PassRate,
    Rate,
    SubscriptionRate,
    ZoneRate,
)
from controller.capabilities.billing.shapes import (
    CloseMonth,
    CountTill,
    NewCharge,
    NewHandover,
    NewTariff,
    PayerKind,
    Remission,
)
from controller.capabilities.billing.statements import PayerMonth
from controller.capabilities.members import members
from controller.capabilities.members.models import MemberRow
from controller.capabilities.organisations import organisations
from controller.capabilities.organisations.shapes import NewOrganisation
from controller.cli.demo.people import AMINA, ZOE
from controller.cli.demo.place import (
    PLANS,
    POINTS,
    POSTCODE,
    PUBLISHER,
    SIRET,
    SITE_ID,
    STREET,
    TOWN,
)
from controller.cli.demo.texts import translate
from controller.domain.facts import PointKind
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.database import Database, Session
from controller.kernel.shapes import Label

_ZONE = ZoneInfo("Europe/Paris")
_MACHINE_CENTS = {"laser": 100, "fraiseuse": 150}
_USUAL_CENTS = 50
_BUYER = "Association Récup’Art"
_STRUCTURES = {
    _BUYER: ("Marek Kowalczyk", "Éric Desmet", "Ophélie Brunet", "Samira Khelifi"),
    "Collège Verlaine": ("Gaëlle Wattel", "Pierre-Yves Quesnoy"),
    "Repair Café de la Lys": ("Rachid Amrani", "Bernard Caron", "Sylvie Delporte"),
}
"""Organisations, and the people who come for them; the first one has something to pay."""
_MEANS = (Means.CASH, Means.CARD, Means.CARD, Means.CHEQUE, Means.TRANSFER)


def _rates(dearer: bool) -> Iterator[Rate]:
    for wired in POINTS:
        if wired.point.kind is PointKind.MACHINE:
            id_ = str(wired.point.id)
            price = next((c for key, c in _MACHINE_CENTS.items() if key in id_), _USUAL_CENTS)
            yield MachineRate(
                access_point=id_,
                price_cents=price + 20 * dearer,
                minimum_cents=100,
                day_cap_cents=2000,
                counts=Counts.RUNNING,
            )
    yield ZoneRate(zone_id="coworking", price_cents=800)
    yield PassRate(plan_id="coworking", units=10, price_cents=3600)
    for plan in PLANS:  # paid elsewhere, with the membership fee
        yield SubscriptionRate(plan_id=plan, price_cents=0)
    sheet = Label(fr="Contreplaqué 3 mm", en="Plywood, 3 mm")
    yield ArticleRate(id="contreplaque-3", name=sheet, unit=Unit.SHEET, price_cents=400)
    pla = Label(fr="Filament PLA", en="PLA filament")
    yield ArticleRate(id="pla", name=pla, unit=Unit.GRAM, per=100, price_cents=450)
    course = Label(fr="Formation découpe laser", en="Laser cutting course")
    yield ArticleRate(id="formation-laser", name=course, unit=Unit.COURSE, price_cents=1500)


def add_money(database: Database, now: Utc) -> None:
    """Add two tariffs, the charges of the history, closed months and payments for most of them."""
    today = now.astimezone(_ZONE).date()
    last = months.month_after(months.month_of(today), -1)
    with database.write() as db:
        manager = _account(db, Role.MANAGER)
        this_month = date.fromisoformat(f"{months.month_of(today)}-01")
        _tariff(db, date(today.year - 1, 1, 1), 61, manager, now, dearer=False)
        _tariff(db, this_month, 74, manager, now, dearer=True)
        _add_sales(db, manager, now)
        _add_parties(db, manager, now, Utc.of(months.bounds(last, _ZONE)[1] - timedelta(days=12)))
    book_updates.catch_up(database, SITE_ID, now)
    with database.write() as db:
        _pay(db, last, manager, Utc.of(now - timedelta(days=9)), Utc.of(now - timedelta(days=3)))
        for month in _months_of_charges(db, last):
            statements.close(db, CloseMonth(month=month, site_id=SITE_ID), actor=manager, now=now)
        _add_remission(db, months.month_of(today), manager, now)
        _count(db, manager, Utc.of(now - timedelta(days=1)))
        _pay(db, months.month_of(today), manager, Utc.of(now - timedelta(minutes=50)), now, every=4)
        _add_structures(db, manager, now)


def _months_of_charges(db: Session, last: str) -> list[str]:
    """Return the months with charges up to `last`; they are closed in this order."""
    query = select(ChargeRow.month).where(ChargeRow.month <= last).distinct()
    return sorted({*db.scalars(query), last})


def _count(db: Session, manager: Actor, yesterday: Utc) -> None:
    """Hand the cash over to the treasurer, and close the day with its float."""
    day = yesterday.astimezone(_ZONE).date()
    cash = till.till_of_day(db, SITE_ID, day, actor=manager).cash_cents
    if cash > 0:
        new = NewHandover(amount_cents=cash, reference=translate("reçu 2026-41 du SGC de Béthune"))
        till.hand_over(db, SITE_ID, new, actor=manager, now=yesterday)
    brought = translate("fonds de caisse apporté par la régie")
    count = CountTill(counted_cents=5000, float_cents=5000, reason=brought)
    till.close_day(db, SITE_ID, count, actor=manager, now=yesterday)


def _account(db: Session, role: Role) -> Actor:
    query = select(AccountRow).where(AccountRow.login.startswith(role.value))
    return actor_of(db, db.scalars(query.limit(1)).one())


def _tariff(
    db: Session, begins: date, number: int, manager: Actor, now: Utc, *, dearer: bool
) -> None:
    """Create a tariff, decided under this number of the year."""
    new = NewTariff(
        valid_from=begins,
        decision=translate("Délibération %s du conseil communautaire") % f"{begins.year}-{number}",
        rates=tuple(_rates(dearer=dearer)),
        site_id=SITE_ID,
    )
    tariffs.create(db, new, actor=manager, now=now)


def _add_sales(db: Session, manager: Actor, now: Utc) -> None:
    for name, article, quantity in (
        (AMINA, "contreplaque-3", 2),
        (ZOE, "pla", 84),
        (AMINA, "formation-laser", 1),
    ):
        member = db.scalars(select(MemberRow.id).where(MemberRow.display_name == name)).one()
        new = NewCharge(article=article, quantity=quantity, member_id=member, site_id=SITE_ID)
        charges.create(db, new, actor=manager, now=now)


def _add_parties(db: Session, manager: Actor, now: Utc, earlier: Utc) -> None:
    """Set the issuer of statements, and add a school that pays on an order, with a charge."""
    provider_fields = {
        "name": PUBLISHER,
        "street": STREET,
        "postcode": POSTCODE,
        "city": TOWN,
        "siret": SIRET,
    }
    providers.change(db, SITE_ID, provider_fields, version=0, actor=manager, now=now)
    school = NewOrganisation(name=Label(fr="Lycée Germaine-Tillion"), site_id=SITE_ID)
    key = organisations.create(db, school, actor=manager, now=earlier).id
    invoicing_fields = {"street": "3 rue de l’École", "postcode": "62400", "city": "Béthune"}
    invoicing_fields |= {
        "siret": "19620001600018",
        "engagement": "EJ 2026-00417",
        "service": "ATELIER",
    }
    providers.change_invoicing(db, key, invoicing_fields, version=0, actor=manager, now=now)
    sheets = NewCharge(article="contreplaque-3", quantity=12, organisation_id=key, site_id=SITE_ID)
    charges.create(db, sheets, actor=manager, now=earlier)


def _add_structures(db: Session, manager: Actor, now: Utc) -> None:
    """Add organisations with the people who come for them; one has bought plywood."""
    for name, people in _STRUCTURES.items():
        new = NewOrganisation(name=Label(fr=name), site_id=SITE_ID)
        key = organisations.create(db, new, actor=manager, now=now).id
        member_ids = select(MemberRow.id).where(MemberRow.display_name.in_(people))
        for member in db.scalars(member_ids).all():
            patch = {"organisations": [key]}
            members.change(db, member, patch, version=None, actor=manager, now=now)
        if name == _BUYER:
            new_sheets = NewCharge(
                article="contreplaque-3", quantity=14, organisation_id=key, site_id=SITE_ID
            )
            charges.create(db, new_sheets, actor=manager, now=now)


def _pay(db: Session, month: str, manager: Actor, since: Utc, until: Utc, every: int = 1) -> None:
    """Record payments, spread over that time, for most of what is owed.

    `every`: only each nth payer pays.
    """
    sums = statements.sums(db, SITE_ID, month, actor=manager, now=since)
    owing = [total for total in sums if _owes_money(total)]
    owing.sort(key=lambda total: str(total.key))
    paying = [total for index, total in enumerate(owing[::every]) if index % 5 != 4]
    for index, total in enumerate(paying):
        now = Utc.of(since + (until - since) * index / len(paying))
        means, amount = _MEANS[index % len(_MEANS)], Cents(total.due_cents)
        payments.note(db, SITE_ID, total.key, month, means, amount, actor=manager, now=now)


def _owes_money(total: PayerMonth) -> bool:
    return total.due_cents > 0 and total.key.kind is not PayerKind.COUNTER


def _add_remission(db: Session, month: str, manager: Actor, now: Utc) -> None:
    items = charges.page(db, actor=manager, month=month).items
    first = next(
        (charge for charge in items if charge.why is Why.STEPS and charge.amount_cents > 0), None
    )
    if first is not None:
        new = Remission(
            amount_cents=first.amount_cents, reason=translate("tube en fin de vie, à refaire")
        )
        charges.remit(db, first.id, new, actor=manager, now=now)
