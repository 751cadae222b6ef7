"""Bookings: the week, a slot taken, refused with its reason and the nearest one; given back."""

import re
from datetime import date, timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.billing import book_updates, tariffs
from controller.capabilities.billing.rates import MachineRate, Rate, ZoneRate
from controller.capabilities.billing.shapes import NewTariff
from controller.capabilities.bookings import terms
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.bookings.terms import Terms
from controller.capabilities.machines import access_points
from controller.capabilities.members import members, on_behalf
from controller.capabilities.members.shapes import OnBehalf
from controller.capabilities.organisations import projects
from controller.capabilities.organisations.shapes import NewProject
from controller.capabilities.places import schedules, zones
from controller.capabilities.places.models import SiteRow
from controller.capabilities.places.shapes import NewSchedule, NewZone
from controller.capabilities.plans import plans, subscriptions
from controller.capabilities.plans.models import PlanRow, SubscriptionRow
from controller.capabilities.plans.shapes import NewPlan, NewSubscription
from controller.domain.time import Utc
from controller.kernel.shapes import Label
from tests.support.clock import Clock
from tests.webui.bookings.bookings_page import (
    DAY,
    NOON,
    SLOT,
    TEN,
    book,
    booked,
    course,
    flat,
    send,
    show,
)
from tests.webui.bookings.conftest import ADA, BEN, CLEO, account_of, browser
from tests.webui.conftest import NOW, SITE, token_of
from tests.webui.machines.conftest import LASER, SYSTEM, Place


def test_the_desk_books_for_somebody_and_undoes_it(desk: FlaskClient, place: Place) -> None:
    page = flat(show(desk, **SLOT, who="ada"))
    assert "Ce créneau est disponible." in page
    assert f"Réserver de 10:00 à 12:00 pour {ADA}" in page
    nobody = flat(show(desk, **SLOT))
    assert "Indiquez pour qui" in nobody
    assert "Réserver de" not in nobody
    status, _page = send(desk, **SLOT, member=place.members[ADA])
    assert status == 303
    (row,) = booked(place)
    assert (row.access_point_id, row.starts_at, row.ends_at) == (LASER, TEN, NOON)
    page = show(desk)
    assert "10–12" in page
    assert ADA in page
    assert f"/bookings/{row.id}/cancel" in page  # the bar that takes it back
    assert send(desk, f"/bookings/{row.id}/cancel")[0] == 303
    assert booked(place) == []
    assert send(desk, f"/bookings/{row.id}/restore")[0] == 303
    assert len(booked(place)) == 1


def prices(place: Place, *rates: Rate) -> None:
    """A room and a plan, in which Ada is, with these prices."""
    way: dict[str, Any] = {"actor": SYSTEM, "now": NOW}
    with place.database.write() as db:
        zones.create(db, NewZone(id="bureau", site_id=SITE, name=Label(fr="Bureau")), **way)
        plans.create(db, NewPlan(id="resident", site_id=SITE, name=Label(fr="Résident")), **way)
        new = NewSubscription(member_id=place.members[ADA], plan_id="resident", valid_from=NOW)
        subscriptions.create(db, new, **way)
        since = date(2026, 11, 1)
        tariff = NewTariff(valid_from=since, decision="2026-61", rates=rates, site_id=SITE)
        tariffs.create(db, tariff, **way)


def test_a_booking_says_what_it_costs_before_and_after(
    desk: FlaskClient, place: Place, clock: Clock
) -> None:
    prices(
        place,
        ZoneRate(zone_id="bureau", price_cents=800),
        ZoneRate(zone_id="bureau", plan_id="resident", price_cents=0),
        MachineRate(access_point=LASER, price_cents=100),
    )
    room = SLOT | {"thing": "bureau", "end": "11:30"}
    assert "Prix : 8,00 € par heure commencée." in flat(show(desk, **room)), "for nobody yet"
    page = flat(show(desk, **room, who="cleo"))
    assert "Prix de ce créneau : 16,00 € (8,00 € par heure commencée)." in page
    rule = "Annuler avant le début ne coûte rien ; ensuite, le temps écoulé est dû."
    assert rule in page
    page = flat(show(desk, **room, who="ada"))
    assert "Ce créneau est gratuit pour cette personne." in page, "by the plan"
    assert rule not in page
    machine = flat(show(desk, **SLOT, who="ada"))
    assert "Réserver ne coûte rien. L’utilisation : 1,00 € par 15 min" in machine
    account_of(place, CLEO, "cleo")
    cleo = browser(place, clock, "cleo")
    assert "Prix de ce créneau : 16,00 €" in flat(show(cleo, **room))
    assert send(cleo, **room, member=place.members[CLEO])[0] == 303
    assert "Prix de ce créneau : 16,00 € (8,00 € par heure commencée). Annuler" in flat(show(cleo))
    key = place.members[CLEO]
    way: dict[str, Any] = {"actor": SYSTEM, "now": NOW}
    with place.database.write() as db:
        ends = Utc.of(NOW + timedelta(days=3))
        new = NewProject(site_id=SITE, name=Label(fr="Kayak"), ends_at=ends)
        project = projects.create(db, new, **way).id
        members.change(db, key, {"projects": [project]}, version=None, **way)
        on_behalf.choose(db, key, OnBehalf(project_id=project), **way)
    assert "Facturé à : Kayak." in flat(show(desk, **room, who="cleo"))
    machine = flat(show(desk, **SLOT, who="cleo"))
    assert "L’utilisation : 1,00 € par 15 min" in machine
    assert "Facturé à : Kayak." in machine
    assert "Facturé à" not in flat(show(desk, **SLOT, who="ada"))
    own = "Votre utilisation des machines et des salles est facturée à : Kayak."
    assert own in flat(cleo.get("/mine").get_data(as_text=True))
    later = room | {"day": f"{NOW + timedelta(days=7):%Y-%m-%d}"}
    said = "Facturé à cette personne : à cette date, plus personne ne paie pour elle."
    assert said in flat(show(desk, **later, who="cleo"))


def test_what_a_booking_adds_to_what_is_owed_is_said_until_it_is_charged(
    desk: FlaskClient, place: Place, clock: Clock
) -> None:
    prices(place, ZoneRate(zone_id="bureau", price_cents=800))
    today = SLOT | {"thing": "bureau", "day": f"{NOW:%Y-%m-%d}", "start": "16:00", "end": "17:30"}
    cleo, manager = place.members[CLEO], browser(place, clock, "manager")
    account_of(place, CLEO, "cleo")
    own = browser(place, clock, "cleo")

    def said() -> list[str]:
        pages = (manager.get(f"/members/{cleo}"), own.get("/mine"))
        return [flat(page.get_data(as_text=True)) for page in pages]

    book_updates.catch_up(place.database, SITE, NOW)
    assert send(desk, **today, member=cleo)[0] == 303
    coming = "Pas encore compté : 16,00 €. Cela suit dans quelques secondes."
    assert coming in said()[0]
    book_updates.catch_up(place.database, SITE, NOW)
    assert "À venir : 16,00 €, si vous n’annulez pas" in said()[1]
    for page in said():
        assert "Pas encore compté" not in page
    with place.database.read() as db:
        key = db.query(BookingRow).one().id
    assert (
        own.post(f"/bookings/{key}/cancel", data={"csrf_token": token_of(own)}).status_code == 303
    )
    for page in said():
        assert "Pas encore compté : − 16,00 €." in page
    book_updates.catch_up(place.database, SITE, NOW)
    for page in said():
        assert "Pas encore compté" not in page


def test_a_taken_slot_says_whose_and_the_nearest_is_one_press_away(
    desk: FlaskClient, place: Place
) -> None:
    book(place, BEN)
    page = show(desk, **SLOT, member=place.members[ADA])
    assert "Déjà pris jusqu’à 12:00 : Ben Laser." in flat(page)
    assert "droits à ce moment" not in flat(page), "nobody looked at them"
    near = re.search(
        r'value="(\d\d:\d\d)"><input type="hidden" name="end" value="(\d\d:\d\d)"', page
    )
    assert near is not None
    assert near.groups() == ("08:00", "10:00")
    status, page = send(desk, **SLOT, member=place.members[ADA])
    assert (status, "Déjà pris jusqu’à 12:00" in flat(page)) == (422, True)
    assert len(booked(place)) == 1


def test_what_she_lacks_is_said_and_the_desk_may_book_all_the_same(
    desk: FlaskClient, place: Place
) -> None:
    page = flat(show(desk, **SLOT, who="cleo"))
    assert "Habilitation manquante" in page
    assert "Découpe laser" in page
    assert "Réserver quand même" in page
    assert "Prendre" not in page  # she lacks it at any hour
    assert send(desk, **SLOT, member=place.members[CLEO])[0] == 303
    assert "À ce moment-là : Habilitation manquante." in flat(show(desk))


def test_what_she_lacks_is_said_of_a_taken_slot_too(desk: FlaskClient, place: Place) -> None:
    book(place, BEN)
    page = flat(show(desk, **SLOT, who="cleo"))
    assert "Déjà pris jusqu’à 12:00 : Ben Laser. Habilitation manquante" in page
    assert "droits à ce moment" in page
    assert f"/members/{place.members[CLEO]}" in show(desk, **SLOT, who="cleo")
    assert "Réserver quand même" not in page, "it is taken"


def test_the_desk_reads_of_the_person_and_is_offered_only_what_works(
    desk: FlaskClient, place: Place
) -> None:
    page = flat(show(desk, **SLOT, who="cleo"))
    assert "Un formateur peut habiliter cette personne." in page
    assert "vous habiliter" not in page
    ada = place.members[ADA]
    with place.database.write() as db:
        members.suspend(db, ada, "dispute", actor=SYSTEM, now=NOW)
    page = flat(show(desk, **SLOT, member=ada))
    assert "On ne peut rien réserver pour une personne suspendue." in page
    assert "Réserver quand même" not in page
    with place.database.write() as db:
        left = {"status": "left", "reason": "moved"}
        members.change(db, ada, left, version=None, actor=SYSTEM, now=NOW)
    page = flat(show(desk, **SLOT, member=ada))
    assert "Cette personne est partie du lieu." in page
    assert "Réserver quand même" not in page
    assert send(desk, **SLOT, member=ada)[0] == 422, "always refused"


def test_whoever_is_at_the_desk_is_not_offered_to_book_anyway_for_themselves(
    desk: FlaskClient, place: Place
) -> None:
    with place.database.write() as db:
        account = db.query(AccountRow).filter_by(login="desk@example.org").one()
        account.member_id = place.members[CLEO]
    page = flat(show(desk, **SLOT, who="cleo"))
    assert "Un formateur peut vous habiliter." in page
    assert "Réserver quand même" not in page
    assert send(desk, **SLOT, member=place.members[CLEO])[0] == 422


def test_who_books_for_herself_is_refused_and_held_to_the_terms(place: Place, clock: Clock) -> None:
    account_of(place, CLEO, "cleo")
    account_of(place, ADA, "ada")
    cleo, ada = browser(place, clock, "cleo"), browser(place, clock, "ada")
    status, page = send(cleo, **SLOT, member=place.members[CLEO])
    assert (status, "Habilitation manquante" in page) == (422, True)
    assert "Réserver quand même" not in page
    assert send(cleo, **SLOT, member=place.members[ADA])[0] == 422  # nobody else's
    with place.database.write() as db:
        terms.change(db, SITE, Terms(longest_min=60), actor=SYSTEM, now=NOW)
    page = flat(show(ada, **SLOT))
    assert "Trop long : vous pouvez réserver 1 h de suite au plus." in page
    assert "Prendre 10:00 à 11:00" in page
    assert send(ada, **SLOT, member=place.members[ADA])[0] == 422
    assert booked(place) == []
    assert send(ada, **SLOT | {"end": "11:00"}, member=place.members[ADA])[0] == 303


def test_members_see_that_it_is_taken_not_by_whom(place: Place, clock: Clock) -> None:
    account_of(place, ADA, "ada")
    book(place, BEN)
    key = book(place, ADA, NOON, Utc.of(NOON + timedelta(hours=1)))
    page = show(browser(place, clock, "ada"), thing=LASER)
    assert BEN not in page
    assert "10–12" in page
    assert "vous" in page
    assert page.count("/cancel") == 1
    assert f"/bookings/{key}/cancel" in page


def test_a_released_machine_is_free_and_nobody_has_to_wait(place: Place, clock: Clock) -> None:
    account_of(place, ADA, "ada")
    key = book(place, BEN, NOW, Utc.of(NOW + timedelta(hours=4)))
    ada = browser(place, clock, "ada")
    slot = {"thing": LASER, "day": "2026-11-24", "start": "15:00", "end": "16:00"}
    page = flat(show(ada, **slot))
    assert "Me prévenir quand elle est libre" in page
    assert "Déjà pris jusqu’à" in page
    with place.database.write() as db:
        row = db.get_one(BookingRow, key)
        row.missed_at = row.closed_at = NOW
    page = flat(show(ada, **slot))
    assert "Me prévenir quand elle est libre" not in page
    assert "Ce créneau est disponible." in page
    with place.database.write() as db:
        access_points.set_service(db, LASER, in_service=False, reason="Lame", actor=SYSTEM, now=NOW)
    assert "sur une machine hors service" not in show(browser(place, clock, "desk"), **slot)


def test_a_machine_in_a_course_is_booked_to_it(desk: FlaskClient, place: Place) -> None:
    course(place, TEN, NOON)
    page = flat(show(desk, **SLOT, who="ada"))
    assert "Déjà pris jusqu’à 12:00 : Initiation." in page
    assert send(desk, **SLOT, member=place.members[ADA])[0] == 422
    assert booked(place) == []


def test_the_terms_are_changed_and_put_back(place: Place, clock: Clock) -> None:
    boss = browser(place, clock, "manager")
    status, _page = send(boss, "/bookings/terms", longest_min="120", release_min="15")
    assert status == 303
    page = flat(show(boss))
    assert "2 h de suite au plus. Annulable jusqu’à la fin." in page
    released = "Une machine est libérée après 15 min si personne ne badge."
    assert released in page
    with place.database.write() as db:
        zones.create(
            db, NewZone(id="desks", name=Label(fr="Coworking"), site_id=SITE), actor=SYSTEM, now=NOW
        )
    account_of(place, ADA, "ada")
    ada = browser(place, clock, "ada")
    counts = [flat(show(ada, thing=thing)).count(released) for thing in (LASER, "desks")]
    assert counts == [2, 1], "beside the rules of the page; rooms are never released"
    assert send(boss, "/bookings/terms", longest_min="soon")[0] == 400
    assert send(browser(place, clock, "desk"), "/bookings/terms")[0] == 403


def test_nonsense_in_the_address_is_left_out(desk: FlaskClient) -> None:
    wrong = {"day": "x", "thing": "nothing", "start": "25:00", "end": "-", "show": "?"}
    assert desk.get("/bookings", query_string=wrong).status_code == 200
    assert send(desk, **SLOT)[0] == 422
    assert desk.get("/bookings?day=9999-12-31").status_code == 200


def test_the_dialog_chooses_what_as_well_and_books_like_the_cell(
    desk: FlaskClient, place: Place
) -> None:
    page = show(desk)
    assert f'href="/bookings?day={DAY}&amp;dialog=1"' in page
    assert "<dialog" not in page
    page = show(desk, dialog="1")
    assert '<dialog class="booking" open' in page
    assert 'class="in-place"' not in page
    assert f'<option value="{LASER}"' in page
    page = flat(show(desk, **SLOT, who="ada", dialog="1"))
    assert "Réserver de 10:00 à 12:00" in page
    data = {"csrf_token": token_of(desk)} | SLOT
    answer = desk.post("/bookings", data=data | {"member": place.members[ADA], "dialog": "1"})
    assert answer.location == f"/bookings?day={DAY}", "it is closed"
    status, page = send(desk, **SLOT, member=place.members[BEN], dialog="1")
    assert (status, '<dialog class="booking" open' in page) == (422, True)


def test_an_end_before_its_start_and_a_time_that_is_past_say_so(
    desk: FlaskClient, place: Place
) -> None:
    backwards = SLOT | {"start": "14:00", "end": "10:00"}
    page = show(desk, **backwards, member=place.members[ADA])
    assert "La fin est avant le début." in flat(page)
    assert 'name="end" aria-invalid="true"' in page
    assert "Ce créneau est disponible." not in flat(page)
    status, page = send(desk, **backwards, member=place.members[ADA])
    assert (status, "La fin est avant le début." in flat(page)) == (422, True)
    past = SLOT | {"day": "2026-11-23"}
    assert "Ce créneau est passé." in flat(show(desk, **past))
    status, page = send(desk, **past, member=place.members[ADA])
    assert (status, "Ce créneau est passé." in flat(page)) == (422, True)
    began = {"day": "2026-11-24", "start": "10:00", "end": "16:00"}
    page = flat(show(desk, **SLOT | began, who="ada"))
    assert "Ce créneau a commencé il y a plus d’une heure." in page
    assert "Prendre" in page
    assert booked(place) == []
    midnight = SLOT | {"start": "22:00", "end": "00:00"}
    assert "Réserver de 22:00 à minuit" in flat(show(desk, **midnight, who="ada"))
    night = SLOT | {"start": "22:00", "end": "02:00"}
    assert "Réserver de 22:00 à 02:00" in flat(show(desk, **night, who="ada"))
    data = {"csrf_token": token_of(desk), "language": "en", "next": "/bookings"}
    desk.post("/language", data=data)
    assert "The end comes before the start." in flat(show(desk, **backwards))


def test_a_plan_that_opens_more_than_the_place_says_so(desk: FlaskClient, place: Place) -> None:
    with place.database.write() as db:
        never = NewSchedule(id="days", site_id=SITE, name=Label(fr="Jours"))
        schedules.create(db, never, actor=SYSTEM, now=NOW)
        db.get_one(SiteRow, SITE).opening = "days"
        db.get_one(PlanRow, "open").outside_opening = True
    page = flat(show(desk, **SLOT, who="ada"))
    assert "Le lieu est fermé ce jour-là." in page
    assert "Ce créneau est disponible." in page
    assert "même si l’abonnement le couvre" in page


def test_rights_that_end_before_the_booked_day_are_said_as_of_today(
    desk: FlaskClient, place: Place
) -> None:
    with place.database.write() as db:
        row = db.scalars(select(SubscriptionRow).filter_by(member_id=place.members[ADA])).one()
        row.valid_until = Utc.parse("2026-11-25T17:40:00.000Z")
    page = flat(show(desk, **SLOT, who="ada"))
    assert "Abonnement terminé d’ici là" in page
    assert "Il finit demain à 18:40." in page
    assert "Terminé depuis" not in page
