"""What a booked room costs stands apart on each page of money, until the booking begins."""

import re
from datetime import date, timedelta

from flask.testing import FlaskClient

from controller.capabilities.billing import book_updates, charges, tariffs
from controller.capabilities.billing.rates import ArticleRate, ZoneRate
from controller.capabilities.billing.shapes import NewCharge, NewTariff
from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.shapes import NewBooking
from controller.capabilities.members import members
from controller.capabilities.members.shapes import OnBehalf
from controller.capabilities.organisations import organisations
from controller.capabilities.organisations.shapes import NewOrganisation
from controller.capabilities.places import zones
from controller.capabilities.places.shapes import NewZone
from controller.domain.time import Utc
from controller.kernel.shapes import Label
from tests.support.clock import Clock
from tests.support.statements import counted
from tests.webui.bookings.bookings_page import flat
from tests.webui.bookings.conftest import CLEO, account_of, browser
from tests.webui.conftest import NOW, SITE, token_of
from tests.webui.machines.conftest import SYSTEM, Place

STATEMENTS, HOUR = "/statements?month=2026-11", timedelta(hours=1)


def set_prices(place: Place) -> None:
    """An office for 8 € an hour, and a sheet of plywood for 4 €, which Cleo has bought."""
    sheet = ArticleRate(id="plywood", name=Label(fr="Contreplaqué"), price_cents=400)
    new = NewTariff(
        valid_from=date(2026, 11, 1),
        decision="2026-61",
        rates=(ZoneRate(zone_id="bureau", price_cents=800), sheet),
        site_id=SITE,
    )
    with place.database.write() as db:
        zones.create(
            db, NewZone(id="bureau", site_id=SITE, name=Label(fr="Bureau")), actor=SYSTEM, now=NOW
        )
        tariffs.create(db, new, actor=SYSTEM, now=NOW)
        bought = NewCharge(article="plywood", member_id=place.members[CLEO], site_id=SITE)
        charges.create(db, bought, actor=SYSTEM, now=NOW)


def book(place: Place, days: int, payer: OnBehalf | None = None) -> None:
    """The office for Cleo, in so many days, for three hours: 24 €."""
    start = Utc.of(NOW + timedelta(days=days))
    new = NewBooking(
        member_id=place.members[CLEO],
        zone_id="bureau",
        starts_at=start,
        ends_at=Utc.of(start + 3 * HOUR),
        organisation_id=payer.organisation_id if payer else None,
    )
    with place.database.write() as db:
        bookings.create(db, new, actor=SYSTEM, now=NOW)
    book_updates.catch_up(place.database, SITE, NOW)


def read(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return flat(answer.get_data(as_text=True))


def amount_offered(client: FlaskClient, payer: str) -> str:
    """The amount in the form of a payment."""
    page = client.get(f"{STATEMENTS}&open={payer}").text
    (field,) = re.findall(r'<input[^>]* id="amount"[^>]*>', page)
    return "".join(re.findall(r'value="([^"]*)"', field))


def test_it_is_upcoming_on_each_page_and_owed_once_it_has_begun(place: Place, clock: Clock) -> None:
    set_prices(place)
    book(place, 2)
    account_of(place, CLEO, "cleo")
    own, treasurer = browser(place, clock, "cleo"), browser(place, clock, "treasurer")
    manager, payer = browser(place, clock, "manager"), f"member:{place.members[CLEO]}"
    page = read(own, "/mine")
    assert "Reste dû, tous les mois : 4,00 € À venir : 24,00 €, si vous n’annulez pas" in page
    page = read(own, "/mine/statements/2026-11")
    assert "Reste dû 4,00 € À venir, sauf annulation 24,00 €" in page
    assert "Vous devez encore 4,00 €." in read(own, "/mine/erase")
    page = read(treasurer, f"{STATEMENTS}&open={payer}")
    assert "Reste dû 4,00 € 1 relevé À venir 24,00 € 1 relevé" in page
    assert "28,00 € 4,00 € à venir : 24,00 €" in page
    assert "Reste dû 4,00 € À venir, sauf annulation 24,00 €" in page
    assert amount_offered(treasurer, payer) == "4,00"
    assert "Reste dû : 4,00 € À venir, sauf annulation : 24,00 €" in read(
        treasurer, f"/statements/2026-11/{payer}"
    )
    page = read(treasurer, "/accounting")
    assert "Montant novembre 2026 1 relevé 4,00 € À venir" in page
    assert "À venir Mois Combien Montant novembre 2026 1 relevé 24,00 €" in page
    assert "only=upcoming" in treasurer.get("/accounting").text
    assert "Reste dû 4,00 €" in read(manager, f"/members/{place.members[CLEO]}")
    assert "Salles et postes réservés" not in read(manager, "/reports?period=2026-11")
    clock.forward(days=2)
    assert "Reste dû, tous les mois : 28,00 €" in read(own, "/mine")
    page = read(treasurer, f"{STATEMENTS}&open={payer}")
    assert "Reste dû 28,00 € 1 relevé" in page
    assert "à venir" not in page.lower()
    assert "Salles et postes réservés" in read(manager, "/reports?period=2026-11")


def test_whoever_has_only_booked_owes_nothing_and_may_pay_ahead(place: Place, clock: Clock) -> None:
    set_prices(place)
    treasurer, payer = browser(place, clock, "treasurer"), f"member:{place.members[CLEO]}"
    here = f"{STATEMENTS}&open={payer}"
    pay = {"csrf_token": token_of(treasurer), "month": "2026-11", "payer": payer, "means": "card"}
    treasurer.post("/statements/pay", data=pay | {"amount": "4"})
    book(place, 2)
    assert "À régler 0 À venir 1 Réglés 0" in read(treasurer, STATEMENTS)
    assert "Personne." in read(treasurer, f"{STATEMENTS}&only=due")
    assert "à venir : 24,00 €" in read(treasurer, f"{STATEMENTS}&only=upcoming")
    assert amount_offered(treasurer, payer) == ""
    treasurer.post("/statements/pay", data=pay | {"amount": "24"})
    page = read(treasurer, here)
    assert "réglé" in page
    assert "Trop payé" not in page
    assert "Rembourser" not in page
    assert "à venir" not in page.lower()


def test_an_organisation_is_told_apart_too(place: Place, clock: Clock) -> None:
    set_prices(place)
    with place.database.write() as db:
        new = NewOrganisation(name=Label(fr="Club"), site_id=SITE)
        club = organisations.create(db, new, actor=SYSTEM, now=NOW).id
        patch = {"organisations": [club]}
        members.change(db, place.members[CLEO], patch, version=None, actor=SYSTEM, now=NOW)
    book(place, 2, OnBehalf(organisation_id=club))
    manager = browser(place, clock, "manager")
    page = read(manager, f"/organisations/{club}")
    assert "à venir : 24,00 €" in page
    assert "rien à payer" not in page
    clock.forward(days=2)
    assert "Noter un paiement" in read(manager, f"/organisations/{club}")


def test_more_bookings_take_no_more_statements(place: Place, clock: Clock) -> None:
    set_prices(place)
    account_of(place, CLEO, "cleo")
    payer = f"member:{place.members[CLEO]}"
    own, treasurer = browser(place, clock, "cleo"), browser(place, clock, "treasurer")
    numbers: list[dict[str, int]] = []
    for days in (2, 3):
        book(place, days)
        taken = {}
        for client, address in (
            (own, "/mine"),
            (treasurer, f"{STATEMENTS}&open={payer}"),
            (treasurer, "/accounting"),
        ):
            client.get(address)
            with counted(place.database) as run:
                client.get(address)
            taken[address] = sum(map(_sums_upcoming, run))
        numbers.append(taken)
    assert numbers[0] == numbers[1]
    assert max(numbers[0].values()) <= 2, "of everybody, and of the one who is shown"


def _sums_upcoming(statement: str) -> bool:
    return "sum(charge" in statement and "booking.starts_at" in statement
