"""The audit's page and the search after an incident: who reads what, and with whom."""

import html
import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from controller.capabilities.accounts import accounts
from controller.capabilities.agents.models import AgentRow
from controller.capabilities.machines import access_points
from controller.capabilities.machines.shapes import NewAccessPoint
from controller.capabilities.places.models import SiteRow
from controller.capabilities.privacy.models import IncidentRow
from controller.capabilities.training import certifications
from controller.capabilities.training.models import CourseSessionKind, CourseSessionRow
from controller.capabilities.training.shapes import NewCertification
from controller.capabilities.usage.models import SessionRow
from controller.domain.facts import Language, Name, PointKind, Risk
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Role
from controller.kernel.database import Database
from controller.kernel.privacy import rules_of
from controller.kernel.shapes import Label
from controller.policy.reading import from_json
from controller.wire.ids import uuid7
from tests.support.clock import Clock
from tests.support.event_rows import add_event
from tests.webui.conftest import NOW, PASSWORD, SITE, make_app, sign_in, token_of
from webui.audit.views import retained_kinds

SYSTEM = Actor.system("test")
ASKED = {
    "access_point": "door",
    "day": "2026-11-24",
    "since": "12:00",
    "until": "14:00",
    "reason": "Porte ouverte 14 min, lieu fermé.",
}


@pytest.fixture
def app(database: Database, clock: Clock) -> Flask:
    """A door, somebody who passed it an hour ago, and a second manager."""
    with database.write() as db:
        db.add(AgentRow(id="pi", site_id=SITE, name={"en": "Pi"}, created_at=NOW))
        db.flush()
        door = NewAccessPoint(
            id="door",
            site_id=SITE,
            kind=PointKind.DOOR,
            name=Label(fr="Porte principale"),
            agent_id="pi",
            risk=Risk.DOOR,
        )
        access_points.create(db, door, actor=SYSTEM, now=NOW)
        accounts.create(
            db,
            login="second@example.org",
            password=PASSWORD,
            roles={SITE: frozenset({Role.MANAGER})},
            actor=SYSTEM,
            now=NOW,
        )
        passed = Utc.of(NOW - timedelta(hours=1))
        add_event(
            db,
            agent="pi",
            stream="019c1111-2222-7333-8444-555555555555",
            seq=1,
            event_id="019c1111-2222-7333-8444-666666666666",
            site=SITE,
            point="door",
            type="access_denied",
            at=passed,
            received_at=passed,
            raw=b'{"seq":1,"type":"access_denied"}',
        )
    return make_app(database, clock)


def shown(client: FlaskClient, address: str) -> str:
    return html.unescape(client.get(address).get_data(as_text=True))


def send(client: FlaskClient, address: str, **fields: str) -> tuple[int, str]:
    fields["csrf_token"] = token_of(client)
    answer = client.post(address, data=fields)
    where = answer.location if answer.status_code == 303 else None
    return answer.status_code, shown(client, where) if where else html.unescape(answer.text)


def test_the_dpo_reads_filters_and_has_the_chain_read_again(app: Flask) -> None:
    client = app.test_client()
    sign_in(client, "dpo")
    text = shown(client, "/audit")
    assert "La chaîne n’a pas encore été vérifiée" in text
    assert "équipement créé, <b>Porte principale" in re.sub(r"\s+", " ", text)
    assert "équipement créé" not in shown(client, "/audit?group=badges")
    assert "Aucune action ne correspond" in shown(client, "/audit?to=2020-01-01")
    assert "le filtre a été ignoré" not in text
    assert "La chaîne est intacte jusqu’au" in send(client, "/audit/check")[1]
    assert "Passages et utilisations" in text
    assert 'href="/incidents"' not in text, "a search takes two managers"


def test_things_and_boxes_are_called_by_their_names(app: Flask, database: Database) -> None:
    box, key = Actor(ref="agent:pi"), "019c1111-2222-7333-8444-55555555abcd"
    with database.write() as db:
        audit.record(db, box, NOW, "agent_claimed", "agent:pi", SITE)
        audit.record(db, SYSTEM, NOW, "booking_terms_changed", f"site:{SITE}", SITE)
        who = f"member:{key}"
        audit.record(db, SYSTEM, NOW, "booking_created", who, SITE, access_point="door")
        audit.record(db, SYSTEM, NOW, "plan_created", "plan:atelier-du-soir", SITE)
        audit.record(db, SYSTEM, NOW, "screen_address_created", f"screen_address:{key}", SITE)
        name = from_json(db.get_one(SiteRow, SITE).name, Name).read(Language.FR)
    client = app.test_client()
    sign_in(client, "dpo")
    text = " ".join(re.sub(r"<[^>]+>", "", shown(client, "/audit")).split())
    assert text.split("usager abcd")[1].lstrip().startswith("Porte principale")
    for words in (
        "Pi :",
        ", Pi",
        f", {name}",
        "abonnement atelier-du-soir",
        "adresse d’écran abcd",
    ):
        assert words in text.replace("\u00a0", " "), words


def test_what_was_done_to_a_certification_or_machine_is_a_sentence(
    app: Flask, database: Database
) -> None:
    with database.write() as db:
        new = NewCertification(id="laser", name=Label(fr="Laser"))
        certifications.create(db, new, actor=SYSTEM, now=NOW)
        who = "member:019c1111-2222-7333-8444-55555555abcd"
        audit.record(db, SYSTEM, NOW, "certification_suspended", who, SITE, certification="laser")
        audit.record(db, SYSTEM, NOW, "out_of_service", "access_point:door", SITE)
    client = app.test_client()
    sign_in(client, "dpo")
    text = shown(client, "/audit").replace("\u00a0", " ")
    assert "Loquet suspend l’habilitation Laser pour usager abcd." in text
    assert "Loquet met hors service : Porte principale." in text


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("from=never", "Ce n’est pas une date"),
        ("to=2026-02-30", "Ce n’est pas une date"),
        ("by=account:x", "Ce choix n’existe pas"),
        ("kind=x", "Ce choix n’existe pas"),
        ("group=x", "Ce choix n’existe pas"),
    ],
)
def test_what_cannot_be_read_of_a_filter_is_said_and_leaves_in_no_file(
    app: Flask, asked: str, said: str
) -> None:
    client = app.test_client()
    sign_in(client, "dpo")
    text = shown(client, f"/audit?{asked}&before=x")
    assert "équipement créé" in text
    assert text.count(said) == 1
    field = asked.partition("=")[0]
    assert field == "group" or re.search(rf'name="{field}"[^>]*aria-invalid="true"', text)
    assert client.get(f"/audit/csv?{asked}").location.startswith("/audit?")
    fields = {"csrf_token": token_of(client), "language": "en", "next": "/audit"}
    client.post("/language", data=fields)
    assert "the filter was ignored" in shown(client, f"/audit?{asked}")


def test_a_course_session_is_called_by_its_name_and_its_date(
    app: Flask, database: Database
) -> None:
    keys = [f"019c1111-2222-7333-8444-55555555c5c{n}" for n in range(3)]
    with database.write() as db:
        for key, theme in zip(keys, ("Découpe laser", None, None), strict=True):
            if key != keys[2]:
                db.add(
                    CourseSessionRow(
                        id=key,
                        site_id=SITE,
                        kind=CourseSessionKind.WORKSHOP,
                        starts_at=NOW,
                        ends_at=Utc.of(NOW + timedelta(hours=2)),
                        theme=theme,
                        is_open=True,
                        created_by=SYSTEM.ref,
                    )
                )
        db.flush()
        for key in keys:
            audit.record(db, SYSTEM, NOW, "course_session_created", f"course_session:{key}", SITE)
        audit.record(db, SYSTEM, NOW, "course_passed", "member:x", SITE, session=keys[0])
    client = app.test_client()
    sign_in(client, "dpo")
    lines = re.findall(r'<li id="n-.*?</li>', shown(client, "/audit?kind=course_session"), re.S)
    said = [" ".join(re.sub(r"<[^>]+>", " ", line).split()) for line in lines]
    day = "24 novembre 2026"
    assert f"Découpe laser, {day}" in said[0]
    assert "séance c5c2" in said[1], "it is gone"
    assert f"séance, {day}" in said[2]
    assert f"séance ouverte, Découpe laser, {day}" in said[3]


def test_whatever_goes_with_time_has_a_word(app: Flask, database: Database) -> None:
    with database.read() as db, app.test_request_context():
        kept = [rule.retention for rule in rules_of(db) if rule.retention]
        assert {retention.what for retention in kept if retention.is_of_sites} <= set(
            retained_kinds()
        )


def test_as_a_file_with_nothing_that_a_spreadsheet_runs(app: Flask, database: Database) -> None:
    with database.write() as db:
        audit.record(db, SYSTEM, NOW, "credential_lost", "member:x", SITE, reason="=1+1")
    client = app.test_client()
    sign_in(client, "admin")
    answer = client.get("/audit/csv?group=badges")
    assert answer.mimetype == "text/csv"
    head, row, end = answer.get_data(as_text=True).split("\r\n")
    assert head == "\ufeffno;at;actor;act;of;reason;detail;hash"
    assert "credential_lost" in row
    assert ";'=1+1;" in row
    assert end == ""
    assert "journal exporté" in shown(client, "/audit?group=data")


def test_a_search_over_midnight_names_both_days(app: Flask, database: Database) -> None:
    until = Utc.of(NOW.replace(hour=0, minute=9))
    row = IncidentRow(
        id=uuid7(),
        site_id=SITE,
        access_point_id="door",
        since=Utc.of(until - timedelta(hours=2)),
        until=until,
        reason=ASKED["reason"],
        asked_by="account:x",
        asked_at=NOW,
        expires_at=Utc.of(NOW + timedelta(days=1)),
    )
    with database.write() as db:
        db.add(row)
    client = app.test_client()
    sign_in(client, "manager")
    assert "du 23\u00a0novembre 23:09 au 24\u00a0novembre 01:09" in shown(client, "/incidents")


def test_a_search_is_asked_by_one_confirmed_and_read_by_two(app: Flask) -> None:
    one, two, third = app.test_client(), app.test_client(), app.test_client()
    sign_in(one, "manager")
    sign_in(two, "second")
    sign_in(third, "admin")
    status, text = send(one, "/incidents", **ASKED)
    assert status == 303
    assert "en attente d’une seconde personne" in text
    waits = "Un autre responsable ou un administrateur la confirme"
    assert waits in text
    assert waits not in shown(two, "/incidents")
    assert "Je confirme" not in text
    assert text.index(waits) < text.index("Demander une recherche"), "first, also on a phone"
    assert "24\u00a0novembre, de 12:00 à 14:00" in text
    key = re.search(r'action="/incidents/([^/]+)/confirm"', shown(two, "/incidents"))[1]  # type: ignore[index]
    assert "Une autre personne" in send(one, f"/incidents/{key}/confirm")[1]
    assert "Seules les deux" in send(two, f"/incidents/{key}/read")[1]
    assert "ouverte à la lecture" in send(two, f"/incidents/{key}/confirm")[1]
    for who in (one, two):
        status, text = send(who, f"/incidents/{key}/read")
        assert status == 200
        assert "badge refusé" in text
    assert "Seules les deux" in send(third, f"/incidents/{key}/read")[1]
    assert shown(third, "/audit?kind=incident").count("passages lus après un incident") == 2
    send(one, "/incidents", **ASKED)
    key = re.search(r'action="/incidents/([^/]+)/refuse"', shown(two, "/incidents"))[1]  # type: ignore[index]
    text = send(two, f"/incidents/{key}/refuse")[1]
    assert "personne ne lira ces passages" in text
    assert "<span>refusée</span>" in text
    assert text.index("Demander une recherche") < text.index("<span>refusée</span>")


def test_who_used_a_machine_is_asked_like_who_passed_a_door(app: Flask, database: Database) -> None:
    """The use began the evening before, and goes on into the hour that is asked about."""
    with database.write() as db:
        laser = NewAccessPoint(
            id="laser",
            site_id=SITE,
            kind=PointKind.MACHINE,
            name=Label(fr="Laser"),
            agent_id="pi",
            risk=Risk.LOW,
        )
        access_points.create(db, laser, actor=SYSTEM, now=NOW)
        for start, length in ((22, 1), (20, 18.25), (1, 0.5)):
            began = Utc.of(NOW - timedelta(hours=start))
            row = SessionRow(
                id=uuid7(), site_id=SITE, agent_id="pi", access_point_id="laser", member_ref=uuid7()
            )
            row.started_at, row.ended_at = began, Utc.of(began + timedelta(hours=length))
            row.active_s = row.idle_s = row.powered_s = row.gap_s = 0.0
            db.add(row)
    one, two = app.test_client(), app.test_client()
    sign_in(one, "manager")
    sign_in(two, "second")
    form = shown(one, "/incidents")
    door, machine = form.index('<option value="door"'), form.index('<option value="laser">Laser')
    assert form.index('<option value="">Choisir…') < door < machine
    assert 'value="2026-11-24"' in form, "today"
    send(one, "/incidents", **(ASKED | {"access_point": "laser", "until": "12:30"}))
    key = re.search(r'action="/incidents/([^/]+)/confirm"', shown(two, "/incidents"))[1]  # type: ignore[index]
    send(two, f"/incidents/{key}/confirm")
    text = send(two, f"/incidents/{key}/read")[1]
    assert text.count("machine utilisée jusqu’à") == 1
    assert "<td>machine utilisée jusqu’à 12:15</td>" in text
    assert "23\u00a0novembre à 18:00" in text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"reason": "vol"}, "Décrivez ce qui s’est passé"),
        ({"until": "11:00"}, "Saisissez au plus 24 heures"),
        ({"day": "demain"}, "Saisissez le jour"),
        ({"access_point": ""}, "Choisissez une porte ou une machine"),
        ({"access_point": "nothing"}, "Choisissez une porte ou une machine"),
    ],
)
def test_what_is_wrong_is_said_in_place(app: Flask, change: dict[str, str], said: str) -> None:
    client = app.test_client()
    sign_in(client, "manager")
    status, text = send(client, "/incidents", **(ASKED | change))
    assert status == 422
    assert said in text
    assert (ASKED | change)["reason"] in text


def test_the_same_action_several_times_in_a_row_is_one_line_that_opens(
    app: Flask, database: Database
) -> None:
    with database.write() as db:
        for point in ("saw", "drill", "lathe"):
            audit.record(db, SYSTEM, NOW, "plan_created", f"plan:{point}", SITE)
    client = app.test_client()
    sign_in(client, "dpo")
    text = shown(client, "/audit")
    fold = re.search(r"<details class=\"more[^>]*>.*?</details>", text, re.S)
    assert fold is not None
    assert "3 fois" in fold[0]
    assert fold[0].count('<li id="n-') == 3


def test_messages_of_a_kind_are_called_as_their_page_calls_them(
    app: Flask, database: Database
) -> None:
    with database.write() as db:
        what = {"what": "booking_confirmed"}
        audit.record(db, SYSTEM, NOW, "messages_turned_off", f"site:{SITE}", SITE, **what)
    client = app.test_client()
    sign_in(client, "dpo")
    text = shown(client, "/audit")
    assert "e-mails désactivés" in text
    assert "booking confirmed" not in text
