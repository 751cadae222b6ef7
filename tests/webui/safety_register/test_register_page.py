"""The safety register's pages: written, read by year, added to, annulled, on paper, as CSV."""

import csv
import io
import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from controller.capabilities.agents.models import AgentRow
from controller.capabilities.machines import access_points
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.machines.shapes import NewAccessPoint
from controller.capabilities.members import members
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.places import zones
from controller.capabilities.places.shapes import NewZone
from controller.capabilities.presence import evacuations
from controller.capabilities.presence.models import EvacuationKind
from controller.capabilities.presence.shapes import EndEvacuation, NewEvacuation
from controller.capabilities.safety_register import entries
from controller.domain.facts import PointKind
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.kernel.models import AuditEntry
from controller.kernel.shapes import Label
from tests.support.clock import Clock
from tests.support.parsed import form_to
from tests.webui.conftest import NOW, SITE, make_app, sign_in, token_of

SYSTEM = Actor.system("test")
FALL = {
    "kind": "near_miss",
    "happened_at": "2026-11-24T13:30",
    "account": "A plate fell from the rack,\r\nbeside a visitor",
    "access_point": "laser",
    "hurt": "",
}


@pytest.fixture
def database(database: Database) -> Database:
    """With a machine."""
    with database.write() as db:
        db.add(AgentRow(id="pi", site_id=SITE, name={"en": "Pi"}, created_at=NOW))
        db.flush()
        label = Label(fr="Découpe laser", en="Laser cutter")
        laser = NewAccessPoint(id="laser", kind=PointKind.MACHINE, name=label, agent_id="pi")
        access_points.create(db, laser, actor=SYSTEM, now=NOW)
    return database


def browser(database: Database, clock: Clock, role: str) -> FlaskClient:
    client = make_app(database, clock).test_client()
    sign_in(client, role)
    return client


def text_of(client: FlaskClient, address: str = "/safety-register") -> str:
    """Words of a page, in one line."""
    main = client.get(address).get_data(as_text=True).split("<main", 1)[-1]
    words = unescape(re.sub(r"<[^>]+>", " ", main))
    return " ".join(re.sub("[\u00a0\u202f]", " ", words).split())


def send(client: FlaskClient, address: str, **fields: str) -> int:
    token = token_of(client)
    return client.post(address, data={"csrf_token": token, **fields}).status_code


def write(client: FlaskClient, **fields: str) -> str:
    """Through the form; the entry's id."""
    token = token_of(client)
    answer = client.post("/safety-register", data={"csrf_token": token, **FALL, **fields})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return str(answer.headers["Location"]).rsplit("#e-", 1)[1]


def test_a_trainer_writes_and_a_manager_reads_it(database: Database, clock: Clock) -> None:
    trainer, manager = (browser(database, clock, role) for role in ("trainer", "manager"))
    key = write(trainer)
    assert "1 presque-accident" in text_of(trainer)
    page = text_of(manager)
    for words in (
        "Mardi 24 novembre 2026 à 13:30",
        "A plate fell from the rack, beside a visitor",
        "Découpe laser",
        "Écrite par trainer@example.org, le 24 novembre 2026, 14:00.",
        "Pas encore lue.",
        "1 entrée à lire",
    ):
        assert words in page, page
    assert "1 entrée à lire" in manager.get("/").get_data(as_text=True)
    assert send(trainer, f"/safety-register/{key}/read") == 403
    shown = form_to(manager.get("/safety-register").text, f"/safety-register/{key}/read")
    more = {"kind": "care", "text": "Somebody fainted afterwards."}
    clock.forward(minutes=1)
    assert send(trainer, f"/safety-register/{key}/add", **more) == 303
    assert send(manager, f"/safety-register/{key}/read", version=shown["version"][0]) == 303
    page = text_of(manager)
    assert "Un ajout a été fait à cette entrée entre-temps" in page
    assert "Pas encore lue." in page
    shown = form_to(manager.get("/safety-register").text, f"/safety-register/{key}/read")
    assert send(manager, f"/safety-register/{key}/read", version=shown["version"][0]) == 303
    assert "Lue par manager@example.org, le 24 novembre 2026, 14:01." in text_of(manager)
    assert "entrée à lire" not in manager.get("/").get_data(as_text=True)


def test_it_is_begun_at_a_machine(database: Database, clock: Clock) -> None:
    with database.write() as db:
        zones.create(db, NewZone(id="atelier", name=Label(fr="Atelier")), actor=SYSTEM, now=NOW)
        db.get_one(AccessPointRow, "laser").zone_id = "atelier"
    manager = browser(database, clock, "manager")
    form = manager.get("/safety-register/new?machine=laser").get_data(as_text=True)
    assert '<option value="laser" selected>' in form
    assert '<option value="atelier" selected>' in form, "its room"
    assert 'value="2026-11-24T14:00"' in form
    link = 'href="/safety-register/new?machine=laser"'
    assert link in manager.get("/machines/laser").get_data(as_text=True)
    assert link in manager.get("/").get_data(as_text=True)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"kind": ""}, "Choisissez le type d’événement."),
        ({"account": "  "}, "Décrivez ce qui s’est passé"),
        ({"account": "x" * 2001}, "Décrivez ce qui s’est passé"),
        ({"happened_at": ""}, "Saisissez un jour et une heure"),
        ({"happened_at": "yesterday"}, "Saisissez un jour et une heure"),
        ({"happened_at": "2026-11-24T14:01"}, "Saisissez un jour et une heure"),
        ({"access_point": "elsewhere"}, "Cet équipement n’est pas de ce lieu."),
        ({"zone_id": "elsewhere"}, "Cet espace n’est pas de ce lieu."),
        ({"injury": "x" * 401}, "Le texte est trop long"),
    ],
)
def test_what_is_wrong_is_said_in_place_and_what_was_typed_is_kept(
    database: Database, clock: Clock, fields: dict[str, str], said: str
) -> None:
    desk = browser(database, clock, "desk")
    token = token_of(desk)
    sent = {**FALL, "place": "by the rack", **fields}
    answer = desk.post("/safety-register", data={"csrf_token": token, **sent})
    page = unescape(answer.get_data(as_text=True))
    assert answer.status_code == 422
    plain = re.sub("[\u00a0\u202f]", " ", page)
    assert said in plain
    assert "Pas encore ajouté : voyez le champ signalé." in plain, "it may be wrong, not missing"
    assert "by the rack" in page
    assert "Rien n’est noté" in text_of(desk)


def test_what_can_wait_is_folded_and_open_where_something_stands_in_it(
    database: Database, clock: Clock
) -> None:
    desk = browser(database, clock, "desk")
    form = desk.get("/safety-register/new").get_data(as_text=True)
    assert form.index('id="hurt"') < form.index('id="happened_at"'), "right after the kind"
    fold = form.index('<details class="more"><summary>Compléter maintenant ou plus tard')
    assert fold < form.index('id="done"') < form.index('id="measures"') < form.index("is-main")
    sent = {**FALL, "kind": "", "measures": "a bar", "csrf_token": token_of(desk)}
    answer = desk.post("/safety-register", data=sent).get_data(as_text=True)
    assert '<details class="more" open><summary>Compléter' in answer


@pytest.mark.parametrize("kind", ["near_miss", "danger"])
def test_somebody_is_hurt_only_in_an_accident(database: Database, clock: Clock, kind: str) -> None:
    desk = browser(database, clock, "desk")
    sent = {**FALL, "kind": kind, "hurt": "une stagiaire"}
    token = token_of(desk)
    answer = desk.post("/safety-register", data={"csrf_token": token, **sent})
    assert answer.status_code == 422
    text = answer.get_data(as_text=True)
    assert "c’est un accident" in text
    assert "une stagiaire" in text


def test_several_wrong_fields_are_said_at_once(database: Database, clock: Clock) -> None:
    desk = browser(database, clock, "desk")
    token = token_of(desk)
    sent = {**FALL, "kind": "", "account": "", "happened_at": ""}
    page = desk.post("/safety-register", data={"csrf_token": token, **sent}).get_data(as_text=True)
    assert page.count('class="wrong"') == 3


def test_who_was_hurt_is_for_those_who_answer(database: Database, clock: Clock) -> None:
    with database.write() as db:
        new = NewMember(display_name="Zoé Duchemin", site_id=SITE)
        zoe = members.create(db, new, actor=SYSTEM, now=NOW).id
    desk, trainer, manager = (
        browser(database, clock, name) for name in ("desk", "trainer", "manager")
    )
    write(desk, kind="accident", hurt="Zoé Duchemin", injury="petite coupure")
    assert f'href="/members/{zoe}"' in manager.get("/safety-register").get_data(as_text=True)
    assert "Zoé Duchemin : petite coupure" in text_of(manager)
    assert "Zoé Duchemin : petite coupure" in text_of(desk)
    seen = text_of(trainer)
    assert "quelqu’un ; les responsables savent qui" in seen
    assert "Duchemin" not in seen
    assert "coupure" not in seen


def test_additions_are_dated_and_annulments_keep_the_words(
    database: Database, clock: Clock
) -> None:
    desk, manager = (browser(database, clock, role) for role in ("desk", "manager"))
    key = write(desk)
    clock.forward(days=2)
    add = f"/safety-register/{key}/add"
    assert send(desk, add, kind="measure", text="A bar holds the rack") == 303
    assert "A bar holds the rack desk@example.org, le 26 novembre 2026, 14:00" in text_of(desk)
    for wrong in ({"kind": "measure", "text": " "}, {"kind": "none", "text": "x"}, {}):
        assert send(desk, add, **wrong) == 303
        assert "Choisissez un type, et saisissez le texte." in text_of(desk)
    annul = f"/safety-register/{key}/annul"
    assert send(desk, annul, reason="twice") == 403
    assert send(manager, annul, reason="") == 303
    assert "Indiquez pourquoi cette entrée est annulée." in text_of(manager)
    assert send(manager, annul, reason="Written twice") == 303
    page = text_of(manager)
    assert "Annulée par manager@example.org, le 26 novembre 2026, 14:00 : Written twice" in page
    assert "A plate fell from the rack" in page
    assert send(desk, add, kind="fact", text="more") == 303
    assert "Cette entrée est annulée : ajoutez-en une nouvelle." in text_of(desk)


def test_a_year_on_paper_has_everything_in_order_with_drills(
    database: Database, clock: Clock
) -> None:
    desk = browser(database, clock, "desk")
    write(desk, account="The second")
    write(desk, account="The first", happened_at="2026-02-01T09:00")
    write(desk, account="Of another year", happened_at="2025-12-31T23:59")
    with database.write() as db:
        new = NewEvacuation(kind=EvacuationKind.DRILL, site_id=SITE)
        drill = evacuations.start(db, new, actor=SYSTEM, now=NOW)
        end = EndEvacuation(remarks="Two doors were wedged")
        evacuations.end(db, drill.id, end, actor=SYSTEM, now=clock.forward(minutes=4))
    page = text_of(desk, "/safety-register/2026")
    assert (
        page.index("N° 1") < page.index("The first") < page.index("N° 2") < page.index("The second")
    )
    assert "Of another year" not in page
    assert "Exercice 0 sur 0 sorti 4 min 00" in page
    assert "Of another year" in text_of(desk, "/safety-register?year=2025")
    for wrong in ("1999", "3000", "26", "x", "२०२६", "1" * 30):
        assert desk.get(f"/safety-register/{wrong}").status_code == 404


def test_a_year_as_csv_is_for_those_who_answer(database: Database, clock: Clock) -> None:
    desk, manager = (browser(database, clock, role) for role in ("desk", "manager"))
    key = write(desk, account="=1+1", kind="accident", hurt="une stagiaire")
    send(desk, f"/safety-register/{key}/add", kind="care", text="Two stitches")
    assert desk.get("/safety-register/2026/csv").status_code == 403
    manager.set_cookie("language", "en")
    answer = manager.get("/safety-register/2026/csv")
    assert answer.content_type.startswith("text/csv")
    head, row = csv.reader(io.StringIO(answer.get_data(as_text=True)[1:]), delimiter=";")
    assert len(head) == len(row) == 10
    assert row[1:5] == ["Accident", "Laser cutter", "'=1+1", "une stagiaire"]
    assert re.search(r"\w: Two stitches", row[6])
    with database.read() as db:
        exported = AuditEntry.action == "safety_register_exported"
        (told,) = db.scalars(select(AuditEntry).where(exported))
        assert (told.subject, told.detail) == (f"site:{SITE}", '{"year":2026}')


@pytest.mark.parametrize("act", ["add", "read", "annul"])
def test_what_is_not_there_is_not_found(database: Database, clock: Clock, act: str) -> None:
    manager = browser(database, clock, "manager")
    fields = {"kind": "fact", "text": "x", "reason": "x"}
    assert send(manager, f"/safety-register/nothing/{act}", **fields) == 404
    assert send(manager, f"/safety-register/nothing/{act}") == 404


def test_it_says_everything_in_english(database: Database, clock: Clock) -> None:
    manager = browser(database, clock, "manager")
    write(manager, kind="accident", hurt="a visitor")
    manager.set_cookie("language", "en")
    page = text_of(manager)
    for words in (
        "Safety register",
        "1 accident",
        "Tuesday 24 November 2026 at 13:30",
        "Laser cutter",
        "Not read yet.",
    ):
        assert words in page, page
    assert "Nothing in it is erased or changed later" in text_of(manager, "/safety-register/new")


def test_the_oldest_of_the_year_is_there_and_the_last_comes_first(
    database: Database, clock: Clock
) -> None:
    manager = browser(database, clock, "manager")
    for day in ("01", "02", "03"):
        write(manager, account=f"Of the {day}", happened_at=f"2026-11-{day}T10:00")
    page = text_of(manager)
    assert page.index("Of the 03") < page.index("Of the 02") < page.index("Of the 01")
    with database.read() as db:
        assert len(entries.entries_of_year(db, SITE, 2026, actor=SYSTEM)) == 3


def test_a_month_of_the_year_is_chosen_by_its_count(database: Database, clock: Clock) -> None:
    desk, manager = (browser(database, clock, role) for role in ("desk", "manager"))
    write(desk, account="Of November", happened_at="2026-11-03T10:00")
    assert "Toute l’année" not in text_of(manager), "only one month has entries"
    write(desk, account="Of May", happened_at="2026-05-03T10:00", kind="danger")
    page = text_of(manager)
    assert "Toute l’année 2 nov. 1 mai 1" in page
    assert 'href="/safety-register?year=2026&amp;month=5"' in manager.get(
        "/safety-register"
    ).get_data(as_text=True)
    page = text_of(manager, "/safety-register?year=2026&month=5")
    assert "Of May" in page
    assert "Of November" not in page
    assert "2026 : 1 presque-accident, 1 situation dangereuse" in page, "the head is the year's"
    assert "2 entrées à lire" in page
    for month in ("7", "13", "x", ""):
        page = text_of(manager, f"/safety-register?year=2026&month={month}")
        assert "Of May" in page, month
        assert "Of November" in page, month
