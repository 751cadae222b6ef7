"""Rooms are listed with how many they hold, added, and changed by who may."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from controller.capabilities.billing import tariffs
from controller.capabilities.billing.rates import ZoneRate
from controller.capabilities.billing.shapes import NewTariff
from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.shapes import NewBooking
from controller.capabilities.live import plan
from controller.capabilities.places import sites, zones
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.places.shapes import WalkingTime, Zone
from controller.capabilities.plans import plans
from controller.capabilities.plans.shapes import NewPlan
from controller.capabilities.presence import presence
from controller.capabilities.presence.shapes import NewPresence
from controller.capabilities.user_reports import report_codes
from controller.capabilities.user_reports.shapes import NewTellCode
from controller.domain.time import Utc
from controller.kernel.database import Session
from controller.kernel.jsontypes import to_json
from controller.kernel.models import AuditEntry
from controller.kernel.shapes import Label
from controller.store.base import Base
from tests.support.clock import Clock
from tests.webui.bookings.conftest import browser
from tests.webui.conftest import NOW, SITE, sign_in, token_of
from tests.webui.machines.conftest import SYSTEM, Place
from tests.webui.machines.conftest import place as place
from tests.webui.members.people import undo
from tests.webui.training.at_session import plain

LIST = "/hours/rooms"


@pytest.fixture
def boss(place: Place, clock: Clock) -> FlaskClient:
    return browser(place, clock, "manager")


def stored(place: Place, key: str) -> Zone:
    with place.database.read() as db:
        return zones.get(db, key, actor=SYSTEM)


def send(client: FlaskClient, address: str, **typed: str) -> tuple[int, str]:
    usual = {"window_max_min": "240"}
    answer = client.post(address, data={"csrf_token": token_of(client)} | usual | typed)
    return answer.status_code, plain(answer)


def test_a_room_is_added_with_its_places_and_desks(boss: FlaskClient, place: Place) -> None:
    assert LIST in plain(boss.get("/hours"))
    typed = {"name_fr": "Salle  haute", "name_en": "Upper room", "capacity": "24", "desks": "6"}
    assert send(boss, LIST, **typed)[0] == 303
    made = stored(place, "salle-haute")
    assert made.name == Label(fr="Salle haute", en="Upper room")
    assert (made.capacity, made.desks, made.window_max_min) == (24, 6, 240)
    page = plain(boss.get(LIST))
    assert "<b>0 personne sur 24</b>" in page
    assert "6 postes à réserver" in page
    assert "sans limite de personnes" in page
    assert 'href="/machines?room=atelier">1 machine</a>' in page
    assert "Découpe laser CO₂" in plain(boss.get("/machines?room=atelier"))
    boss.set_cookie("language", "en")
    page = plain(boss.get(LIST))
    assert "Upper room" in page
    assert "<b>0 of 24 people</b>" in page
    assert "6 desks to book" in page
    with place.database.read() as db:
        actions = db.query(AuditEntry).filter_by(subject="zone:salle-haute").all()
    assert [action.action for action in actions] == ["zone_created"]


def test_a_second_of_the_same_name_is_added_once_that_is_confirmed(
    boss: FlaskClient, place: Place
) -> None:
    status, page = send(boss, LIST, name_fr=" ATELIER", capacity="5", desks="0")
    assert (status, "Il y a déjà un espace" in page) == (422, False), "one question after another"
    status, page = send(boss, LIST, name_fr=" ATELIER", capacity="5")
    assert (status, 'id="name_fr-wrong">Il y a déjà un espace « Atelier ».' in page) == (422, True)
    assert 'name="same_name" value="ATELIER"><span>Utiliser ce nom quand même' in page
    assert 'value="5"' in page
    status, page = send(boss, LIST, name_fr="atelier", desks="0", same_name="ATELIER")
    assert (status, 'value="ATELIER" checked>' in page) == (422, True), "the tick stays"
    assert send(boss, LIST, name_fr="Atelier", capacity="5", same_name="Forge")[0] == 422
    assert send(boss, LIST, name_fr="Atelier", capacity="5", same_name="Atelier")[0] == 303
    assert (stored(place, "atelier").capacity, stored(place, "atelier-2").capacity) == (None, 5)


def test_a_room_that_gets_the_name_of_another_is_asked_about(
    boss: FlaskClient, place: Place
) -> None:
    assert send(boss, LIST, name_fr="Atelier", same_name="Atelier")[0] == 303
    second = f"{LIST}/atelier-2"
    assert send(boss, second, name_fr="Atelier", capacity="7")[0] == 303, "the name stays"
    assert send(boss, second, name_fr="Forge", name_en="Forge")[0] == 303
    assert undo(boss, LIST) == "Espace enregistré."
    assert stored(place, "atelier-2").name.fr == "Atelier"
    assert send(boss, second, name_fr="Forge", name_en="Workshop")[0] == 303
    boss.set_cookie("language", "en")
    status, page = send(boss, LIST, name_fr="Autre", name_en="workshop")
    assert (status, "There is already a room “Workshop”." in page) == (422, True)
    assert send(boss, second, name_fr="Atelier")[0] == 422
    assert stored(place, "atelier-2").name.fr == "Forge"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name_fr": " "}, "Saisissez un nom, sur une seule ligne."),
        (
            {"capacity": "beaucoup"},
            "Saisissez un nombre, ou laissez vide s’il n’y a pas de limite.",
        ),
        ({"name_fr": "", "capacity": "-1"}, "Saisissez un nom, sur une seule ligne."),
        (
            {"name_fr": "", "capacity": "-1"},
            "Saisissez un nombre, ou laissez vide s’il n’y a pas de limite.",
        ),
        ({"capacity": "9999999"}, "Saisissez un nombre, ou laissez vide s’il n’y a pas de limite."),
        ({"desks": "0"}, "Saisissez un nombre, au moins 1"),
        ({"window_max_min": "1441"}, "Saisissez un nombre de minutes, de 1 à 1440."),
        ({"window_max_min": "²"}, "Saisissez un nombre de minutes, de 1 à 1440."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    boss: FlaskClient, typed: dict[str, str], said: str
) -> None:
    status, page = send(boss, LIST, **{"name_fr": "Salle haute"} | typed)
    assert (status, said in page) == (422, True)
    assert all(f'value="{text}"' in page for text in typed.values() if text.strip())
    assert ('value="Salle haute"' in page) is ("name_fr" not in typed)


def test_desks_are_not_fewer_than_are_booked_at_once(
    boss: FlaskClient, place: Place, clock: Clock
) -> None:
    at = f"{LIST}/salle"
    assert send(boss, LIST, name_fr="Salle", desks="2")[0] == 303
    with place.database.write() as db:
        for who, hour in (("Ada Both", 2), ("Ben Laser", 3)):
            start = NOW + timedelta(hours=hour)
            new = NewBooking(
                zone_id="salle",
                member_id=place.members[who],
                starts_at=Utc.of(start),
                ends_at=Utc.of(start + timedelta(hours=2)),
            )
            bookings.create(db, new, actor=SYSTEM, now=NOW)
    for desks in ("", "1"):
        status, page = send(boss, at, name_fr="Salle", desks=desks)
        assert (status, "2 personnes ont réservé un poste en même temps, le " in page) == (
            422,
            True,
        )
    assert stored(place, "salle").desks == 2
    clock.forward(hours=5)
    assert send(boss, at, name_fr="Salle", desks="1")[0] == 303
    assert stored(place, "salle").desks == 1


def test_there_are_no_more_desks_than_people(boss: FlaskClient, place: Place) -> None:
    full = "Plus de postes que de personnes : l’espace en accueille 4 au plus."
    typed = {"name_fr": "Salle", "desks": "5", "capacity": "4"}
    status, page = send(boss, LIST, **typed)
    assert (status, full in page) == (422, True)
    assert send(boss, LIST, **typed | {"capacity": "5"})[0] == 303
    status, page = send(boss, f"{LIST}/salle", **typed)
    assert (status, full in page) == (422, True)


def test_a_room_is_changed_and_taken_back(boss: FlaskClient, place: Place) -> None:
    at, version = f"{LIST}/atelier", str(stored(place, "atelier").version)
    assert 'value="Atelier"' in plain(boss.get(at))
    new = {"name_fr": "Grand atelier", "capacity": "30", "version": version}
    assert send(boss, at, **new)[0] == 303
    assert (stored(place, "atelier").name.fr, stored(place, "atelier").capacity) == (
        "Grand atelier",
        30,
    )
    assert undo(boss, LIST) == "Espace enregistré."
    assert (stored(place, "atelier").name.fr, stored(place, "atelier").capacity) == (
        "Atelier",
        None,
    )
    status, page = send(boss, at, **new | {"name_fr": "Trop tard"})
    assert (
        status,
        "a changé depuis l’ouverture de la page" in page,
        'value="Trop tard"' in page,
    ) == (422, True, True)
    assert boss.get(f"{LIST}/nowhere").status_code == 404
    assert send(boss, f"{LIST}/nowhere", name_fr="X")[0] == 404


def version_of(client: FlaskClient, address: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', client.get(address).get_data(as_text=True))
    assert found
    return found[1]


def test_a_room_that_nothing_uses_is_removed_and_comes_back(
    boss: FlaskClient, place: Place, clock: Clock
) -> None:
    at = f"{LIST}/mezzanine"
    assert send(boss, LIST, name_fr="Mezzanine", name_en="Loft", capacity="9")[0] == 303
    with place.database.write() as db:
        report_codes.create(db, NewTellCode(zone_id="mezzanine"), actor=SYSTEM, now=NOW)
    assert "Rien n’utilise cet espace." in plain(boss.get(at))
    assert send(boss, f"{at}/remove", version="9")[0] == 303
    assert "a changé depuis l’ouverture de la page" in plain(boss.get(at))
    assert send(boss, f"{at}/remove", version=version_of(boss, at))[0] == 303
    with place.database.read() as db:
        assert db.get(ZoneRow, "mezzanine") is None
    assert undo(boss, LIST).endswith("Mezzanine.")
    assert stored(place, "mezzanine").name == Label(fr="Mezzanine", en="Loft")
    assert stored(place, "mezzanine").capacity == 9
    with place.database.read() as db:
        actions = db.query(AuditEntry).filter_by(subject="zone:mezzanine").all()
    assert [entry.action for entry in actions] == ["zone_created", "zone_removed", "zone_created"]
    assert send(browser(place, clock, "desk"), f"{at}/remove")[0] == 403


def _plan(db: Session, _place: Place) -> None:
    plans.create(db, NewPlan(id="p", name=Label(fr="P"), zones=("salle",)), actor=SYSTEM, now=NOW)


def _booking(db: Session, place: Place) -> None:
    new = NewBooking(
        zone_id="salle",
        member_id=place.members["Ada Both"],
        starts_at=NOW,
        ends_at=Utc.of(NOW + timedelta(hours=1)),
    )
    bookings.create(db, new, actor=SYSTEM, now=NOW)


def _presence(db: Session, place: Place) -> None:
    here = NewPresence(zone_id="salle", member_id=place.members["Ada Both"])
    presence.check_in(db, here, actor=SYSTEM, now=NOW)


def _walk(db: Session, _place: Place) -> None:
    time = WalkingTime(zones=("atelier", "salle"), seconds=60)
    sites.change(db, SITE, {"walking_times": to_json([time])}, version=None, actor=SYSTEM, now=NOW)


def _price(db: Session, _place: Place) -> None:
    rate = ZoneRate(zone_id="salle", price_cents=800)
    new = NewTariff(valid_from=NOW.date(), decision="Bureau", rates=(rate,))
    tariffs.create(db, new, actor=SYSTEM, now=NOW)


def _drawing(db: Session, _place: Place) -> None:
    rooms = {"rooms": [{"zone": "salle", "x": 1, "y": 1}]}
    plan.save_draft(db, SITE, rooms, draft_at=None, actor=SYSTEM, now=NOW)


@pytest.mark.parametrize(
    ("use", "said"),
    [
        (_plan, "des formules"),
        (_booking, "des réservations"),
        (_presence, "des visites"),
        (_walk, "des temps de trajet"),
        (_price, "des tarifs"),
        (_drawing, "le plan dessiné"),
    ],
)
def test_a_room_in_use_names_what_uses_it(
    boss: FlaskClient, place: Place, use: Callable[[Session, Place], None], said: str
) -> None:
    at = f"{LIST}/salle"
    assert send(boss, LIST, name_fr="Salle")[0] == 303
    with place.database.write() as db:
        use(db, place)
    sentence = f"Cet espace ne peut pas être retiré, car s’y rapportent : {said}."
    page = plain(boss.get(at))
    assert sentence in page
    assert f"{at}/remove" not in page
    assert send(boss, f"{at}/remove", version=version_of(boss, at))[0] == 303
    assert page.count(sentence) + 1 == plain(boss.get(at)).count(sentence)


def test_every_reference_to_a_room_is_known() -> None:
    """A new table that refers to zones by another column must be looked through, too."""
    referring = {
        (table.name, key.parent.name)
        for table in Base.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name == "zone"
    }
    assert {column for _table, column in referring} == {"zone_id", "from_zone_id"}


@pytest.mark.parametrize("role", ["trainer", "desk"])
def test_others_read_and_change_nothing(place: Place, clock: Clock, role: str) -> None:
    client = browser(place, clock, role)
    assert "Atelier" in plain(client.get(LIST))
    assert f"{LIST}/atelier" not in plain(client.get(LIST))
    assert client.get(f"{LIST}/new").status_code == 403
    assert send(client, LIST, name_fr="Salle")[0] == 403
    assert send(client, f"{LIST}/atelier", name_fr="Salle")[0] == 403


def test_a_desk_without_a_room_leads_to_where_one_is_made(client: FlaskClient) -> None:
    sign_in(client, "manager")
    page = plain(client.get("/desk"))
    assert "Ce lieu n’a pas encore d’espace." in page
    assert f'href="{LIST}"' in page
    assert "Aucun espace" in plain(client.get(LIST))


def test_the_rooms_say_how_many_are_in_and_until_when_the_place_is_open(
    boss: FlaskClient, place: Place
) -> None:
    with place.database.write() as db:
        zones.change(db, "atelier", {"capacity": 4}, version=None, actor=SYSTEM, now=NOW)
        here = NewPresence(zone_id="atelier", member_id=place.members["Ada Both"])
        presence.check_in(db, here, actor=SYSTEM, now=NOW)
    page = plain(boss.get(LIST))
    assert "<b>1 personne sur 4</b>" in page
    assert 'aria-label="1 sur 4"' in page
    assert "Ada" not in page.split("<main")[1], "how many, and not who"
    assert "Ouvert jour et nuit" in page
    assert 'href="/plan"' in page


def test_the_rooms_explain_copied_badges_and_the_end_of_visits(boss: FlaskClient) -> None:
    page = plain(boss.get(LIST))
    assert "est sans doute copié. Loquet le signale par une alerte." in page
    assert "Les personnes qui oublient de badger en sortant" in page
