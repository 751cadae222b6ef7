"""Somebody leaves, a subscription ends early: what the pages ask, say and record."""

import html
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.billing import months, payments, sales, tariffs
from controller.capabilities.billing.book_updates import catch_up
from controller.capabilities.billing.kinds import Means
from controller.capabilities.billing.rates import SubscriptionRate
from controller.capabilities.billing.sales import Sale
from controller.capabilities.billing.shapes import NewPayment, NewTariff
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.places import zones
from controller.capabilities.places.shapes import NewZone
from controller.capabilities.plans import plans, subscriptions
from controller.capabilities.plans.models import SubscriptionRow
from controller.capabilities.plans.shapes import NewPlan, NewSubscription
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from controller.wire.ids import uuid7
from tests.support.databases import filled
from tests.webui.conftest import NOW, SITE, sign_in, token_of
from tests.webui.members.people import Person, add_member

SYSTEM = Actor.system("test")
BEGAN = Utc.of(NOW - timedelta(days=150))
GIVEN_BY_MISTAKE = "Retirer ce qui a été donné par erreur"


@pytest.fixture
def zoe(client: FlaskClient, database: Database) -> Person:
    """Somebody with a badge and a subscription of five months ago, before the desk."""
    zoe = filled(database, _fill)
    sign_in(client, "desk")
    return Person(client, zoe)


def _fill(database: Database) -> str:
    zoe = add_member(database, "Zoé d’Artois")
    with database.write() as db:
        new = NewPlan(id="atelier", name=Label(fr="Atelier"))
        plans.create(db, new, actor=SYSTEM, now=BEGAN)
        period = NewSubscription(
            member_id=zoe,
            plan_id="atelier",
            valid_from=BEGAN,
            valid_until=Utc.of(BEGAN + timedelta(days=365)),
        )
        subscriptions.create(db, period, actor=SYSTEM, now=BEGAN)
    return zoe


def status(database: Database, zoe: Person) -> str:
    with database.read() as db:
        return db.get_one(MemberRow, zoe.id).status


def ends(database: Database) -> Utc | None:
    with database.read() as db:
        return db.query(SubscriptionRow).one().valid_until


def test_who_leaves_is_asked_once_and_comes_back(zoe: Person, database: Database) -> None:
    zoe.post("/badges", value="uid:04A1B2C3D4E5F6")
    assert f'href="{zoe.page}/leave"' in zoe.text()
    asked = zoe.text("/leave")
    assert "Abonnement Atelier" in asked
    refused = zoe.post("/leave")
    assert refused.status_code == 422
    assert 'id="reason-wrong"' in refused.get_data(as_text=True)
    assert status(database, zoe) == "active"
    assert zoe.post("/leave", reason="déménage").status_code == 303
    assert (status(database, zoe), ends(database)) == ("left", NOW)
    text = zoe.text()
    assert f"{zoe.page}/leave" not in text
    assert zoe.client.get(f"{zoe.page}/leave").status_code == 303, "there is nothing to ask"
    with database.read() as db:
        assert db.query(CredentialRow).one().status == "suspended"
    with database.read() as db:
        key = db.query(SubscriptionRow).one().id
    zoe.post(f"/subscriptions/{key}/renew", length="year")
    assert (refusal := "Notez d’abord sur sa fiche qu’elle est de retour") in zoe.text()
    assert ends(database) == NOW, "nothing is renewed"
    assert 'id="subscribe"' not in (text := zoe.text())
    assert refusal in text
    desk = html.unescape(zoe.client.get(f"/desk?person={zoe.id}").get_data(as_text=True))
    assert "Renouveler" not in desk
    assert f'action="{zoe.page}/come-back"' in desk
    zoe.post("/come-back")
    assert (status(database, zoe), ends(database)) == ("active", NOW), "nothing is given again"
    assert "ne sont pas rétablis" in zoe.text()


def test_a_departure_that_a_manager_recorded_is_a_managers_to_undo(
    zoe: Person, database: Database
) -> None:
    zoe.client.delete_cookie("loquet")
    sign_in(zoe.client, "manager")
    zoe.post("/leave", reason="déménage")
    zoe.client.delete_cookie("loquet")
    sign_in(zoe.client, "desk")
    zoe.post("/come-back")
    assert "un responsable note son retour" in zoe.text()
    assert status(database, zoe) == "left"


def test_who_left_while_suspended_is_suspended_when_they_are_back(
    zoe: Person, database: Database
) -> None:
    zoe.post("/suspend", reason="a prêté son badge")
    zoe.post("/leave", reason="déménage")
    zoe.post("/come-back")
    assert status(database, zoe) == "suspended"
    zoe.post("/come-back")
    assert status(database, zoe) == "suspended", "a second click ends no suspension"


def test_a_subscription_ends_early_on_a_day_that_is_chosen(zoe: Person, database: Database) -> None:
    before = ends(database)
    with database.read() as db:
        key = db.query(SubscriptionRow).one().id
    page = f"/subscriptions/{key}/end"
    assert f'action="{zoe.page}{page}"' in zoe.text()
    for day, why, said in (
        ("", "malade", "Choisissez le dernier jour"),
        ("2026-11-23", "malade", "La fin doit venir après le début"),
        ("2027-12-01", "malade", "Il prend déjà fin à cette date"),
        ("2026-11-24", "", "Donnez le motif"),
    ):
        zoe.post(page, day=day, reason=why)
        assert said in zoe.text()
        assert ends(database) == before
    zoe.post(page, day="2026-11-30", reason="malade")
    assert "Fin de l’abonnement : 30 novembre." in zoe.text().replace("\u00a0", " ")
    assert ends(database) == Utc.parse("2026-11-30T23:00:00.000Z")
    zoe.post(page, day="2026-11-24", reason="malade")
    assert ends(database) == Utc.parse("2026-11-24T23:00:00.000Z"), "today is the last day"


def periods(database: Database) -> list[tuple[Utc, Utc | None]]:
    with database.read() as db:
        rows = db.query(SubscriptionRow).order_by(SubscriptionRow.valid_from)
        return [(row.valid_from, row.valid_until) for row in rows]


def test_who_extended_early_and_stops_has_nothing_later(zoe: Person, database: Database) -> None:
    with database.read() as db:
        key = db.query(SubscriptionRow).one().id
    zoe.post(f"/subscriptions/{key}/renew", length="year")
    assert len(periods(database)) == 2
    zoe.post(f"/subscriptions/{key}/end", day="2026-11-24", reason="malade")
    assert "est retiré, et n’est plus facturé" in zoe.text()
    ((_start, end),) = periods(database)
    assert end == Utc.parse("2026-11-24T23:00:00.000Z")
    zoe.post(f"/subscriptions/{key}/renew", length="year")
    assert [start for start, _end in periods(database)] == [BEGAN, end]


def test_only_a_manager_withdraws_what_somebody_else_extended(
    zoe: Person, database: Database
) -> None:
    with database.read() as db:
        key = db.query(SubscriptionRow).one().id
    later = NewSubscription(
        member_id=zoe.id, plan_id="atelier", valid_from=Utc.of(BEGAN + timedelta(days=365))
    )
    with database.write() as db:
        subscriptions.create(db, later, actor=SYSTEM, now=BEGAN)
    before = periods(database)
    zoe.post(f"/subscriptions/{key}/end", day="2026-11-24", reason="malade")
    assert "Il a déjà été prolongé" in zoe.text()
    assert periods(database) == before, "nothing is half ended"
    zoe.client.delete_cookie("loquet")
    sign_in(zoe.client, "manager")
    zoe.post(f"/subscriptions/{key}/end", day="2026-11-24", reason="malade")
    assert len(periods(database)) == 1


def test_a_later_period_is_shown_and_another_year_follows_it(
    zoe: Person, database: Database
) -> None:
    zoe.post("/subscriptions", plan="atelier", length="month", **{"from": "2027-08-01"})
    assert "et de nouveau du 1er août 2027 au 31 août 2027" in zoe.text().replace("\u00a0", " ")
    with database.read() as db:
        first, later = db.query(SubscriptionRow).order_by(SubscriptionRow.valid_from)
        running, last, end = first.id, later.id, later.valid_until
    zoe.post(f"/subscriptions/{running}/renew", length="year")
    assert "Déjà prolongé" in zoe.text()
    assert f"/subscriptions/{last}/renew" in zoe.text()
    zoe.post(f"/subscriptions/{last}/renew", length="year")
    assert [start for start, _end in periods(database)][2:] == [end]


def test_an_old_subscription_is_ended_and_not_withdrawn_as_a_mistake(
    zoe: Person, client: FlaskClient
) -> None:
    client.post("/sign-out", data={"csrf_token": token_of(client)})
    sign_in(client, "manager")
    assert GIVEN_BY_MISTAKE not in zoe.text()
    zoe.post("/subscriptions", plan="atelier", length="month", **{"from": "2027-08-01"})
    assert GIVEN_BY_MISTAKE in zoe.text()


def test_who_stops_hears_of_the_bookings_that_stay(zoe: Person, database: Database) -> None:
    """Unless another plan covers them."""
    with database.write() as db:
        key = db.query(SubscriptionRow).one().id
        zones.create(
            db, NewZone(id="salon", site_id=SITE, name=Label(fr="Salon")), actor=SYSTEM, now=NOW
        )
        for days in (0, 9):
            start = Utc.of(NOW + timedelta(days=days, hours=1))
            times = {"starts_at": start, "ends_at": Utc.of(start + timedelta(hours=1))}
            by = {"member_id": zoe.id, "created_at": NOW, "created_by": "test", "row_version": 1}
            db.add(BookingRow(id=uuid7(), site_id=SITE, zone_id="salon", **times, **by))
    stays = "1 réservation ou séance après cette date reste"
    zoe.post(f"/subscriptions/{key}/end", day="2026-11-30", reason="malade")
    assert stays in zoe.text()
    with database.write() as db:
        plans.create(db, NewPlan(id="desk", name=Label(fr="Bureau")), actor=SYSTEM, now=BEGAN)
    zoe.post("/subscriptions", plan="desk", length="year")
    zoe.post(f"/subscriptions/{key}/end", day="2026-11-24", reason="malade")
    assert stays not in zoe.text()


@pytest.fixture
def priced(zoe: Person, database: Database) -> Person:
    """Her plan costs 30 €, and she has another year of it."""
    new = NewTariff(
        valid_from=BEGAN.date(),
        decision="2026-61",
        rates=(SubscriptionRate(plan_id="atelier", price_cents=3000),),
        site_id=SITE,
    )
    with database.write() as db:
        tariffs.create(db, new, actor=SYSTEM, now=BEGAN)
    return zoe


def test_what_was_paid_for_a_withdrawn_year_is_said(priced: Person, database: Database) -> None:
    with database.read() as db:
        key = db.query(SubscriptionRow).one().id
    priced.post(f"/subscriptions/{key}/renew", length="year")
    catch_up(database, SITE, NOW)
    ((began, _until),) = periods(database)[1:]
    month = months.month_of(began.date())
    paid = NewPayment(
        member_id=priced.id, month=month, means=Means.CASH, amount_cents=3000, site_id=SITE
    )
    with database.write() as db:
        payments.create(db, paid, actor=SYSTEM, now=NOW)
    said = "Payé sur son relevé (juin 2027) : 30,00 €. Ce qui est en trop se rend depuis ce relevé."
    assert said in plain(priced.text()), "beside what may be removed"
    assert said in plain(priced.text("/leave"))
    priced.post(f"/subscriptions/{key}/end", day="2026-11-24", reason="malade")
    assert said in plain(priced.text())


def test_what_is_owed_is_said_before_somebody_leaves_or_is_erased(
    priced: Person, database: Database
) -> None:
    catch_up(database, SITE, NOW)
    assert "Reste dû" not in priced.text("/leave"), "the desk has no statements"
    sign_in(priced.client, "manager")
    assert "Reste dû : 30,00 €" in plain(priced.text("/leave"))
    sign_in(priced.client, "admin")
    assert "Cette personne doit encore 30,00 €." in plain(priced.text("/erase"))


def test_a_sold_year_names_its_receipt_where_it_is_in_the_way(
    priced: Person, database: Database
) -> None:
    with database.write() as db:
        unpaid = db.query(SubscriptionRow).one().id
        sold = Sale(place=0, quantity=1, member_id=priced.id, means=Means.CASH, beside=unpaid)
        made = sales.sell(db, SITE, sold, actor=SYSTEM, now=NOW)
    asked = priced.text("/leave")
    assert f"vendu avec le reçu {made.receipt}, annulez d’abord cette vente" in asked
    assert f'href="/sales/{made.id}"' in asked
    assert "retiré, et n’est plus facturé" not in asked
    refused = html.unescape(priced.post("/leave", reason="déménage").get_data(as_text=True))
    assert f"annulez-y d’abord le reçu {made.receipt}" in refused
    sign_in(priced.client, "manager")
    note = f"Payé à la caisse : annulez-y d’abord le reçu {made.receipt}."
    assert note in plain(priced.text())
    debt = NewPayment(
        member_id=priced.id, month="2027-06", means=Means.CASH, amount_cents=500, site_id=SITE
    )
    with database.write() as db:
        payments.create(db, debt, actor=SYSTEM, now=NOW)
    catch_up(database, SITE, NOW)
    assert plain(priced.text()).count(note) == 1
    for page in ("", "/leave"):
        assert "Payé sur son relevé" not in priced.text(page), "what pays something else"


def plain(text: str) -> str:
    """Text with ordinary spaces."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")
