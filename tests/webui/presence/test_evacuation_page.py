"""Evacuation: one press, a roll to call, an end; and it stands on every page meanwhile."""

import html
import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.presence import evacuations
from controller.capabilities.presence.models import EvacuationKind, EvacuationRow, PresenceRow
from controller.domain.time import Utc
from controller.kernel.database import Database, Session
from controller.wire.ids import uuid7
from tests.support.clock import Clock
from tests.webui.conftest import NOW, SITE, sign_in, token_of


@pytest.fixture
def desk(client: FlaskClient, database: Database) -> FlaskClient:
    """Two visitors and a group are in."""
    with database.write() as db:
        for key in ("hall", "shop"):
            name = {"fr": key.title()}
            db.add(ZoneRow(id=key, site_id=SITE, name=name, capacity=None, row_version=1))
        db.flush()
        for zone, label, heads in (("hall", "Ana", 1), ("shop", "Les scouts", 12)):
            row = PresenceRow(id=uuid7(), site_id=SITE, zone_id=zone, heads=heads, moved_at=NOW)
            row.label, row.by_desk = label, True
            db.add(row)
    sign_in(client, "desk")
    return client


def press(client: FlaskClient, path: str, **fields: str) -> str:
    data = {"csrf_token": token_of(client), **fields}
    answer = client.post(path, data=data)
    assert answer.status_code == 303
    return client.get(answer.headers["Location"]).get_data(as_text=True)


def row_of(text: str, name: str) -> str:
    """Return where the row of that name is ticked."""
    found = re.search(
        rf'formaction="(/evacuation/[^"]+/roll/[^"]+)"[^>]*>[^\n]*<b>{name}</b>', text
    )
    assert found is not None
    return found[1]


def test_an_open_page_fetches_the_banner_when_it_shows_another(desk: FlaskClient) -> None:
    address = "/evacuation/banner?going="
    assert desk.get(f"{address}no").status_code == 204
    desk.post("/evacuation", data={"csrf_token": token_of(desk), "kind": "drill"})
    assert desk.get(f"{address}yes").status_code == 204
    part = {"HX-Request": "true"}
    assert "Exercice en cours" in desk.get(f"{address}no", headers=part).get_data(as_text=True)
    board = desk.get("/desk", headers=part).get_data(as_text=True)
    assert "Évacuer maintenant" not in board
    assert 'id="evacuation"' in desk.get("/members").get_data(as_text=True)


def test_a_drill_from_its_start_to_the_register(
    desk: FlaskClient, database: Database, clock: Clock
) -> None:
    popover = desk.get("/members").get_data(as_text=True).split('id="evacuate"')[1]
    assert popover.index("<b>13 personnes présentes</b>") < popover.index("Évacuer maintenant")
    text = press(desk, "/evacuation", kind="drill")
    assert "Exercice d’évacuation" in text
    assert "<b>0</b> sur 13 sortis" in text
    assert "Les scouts" in text
    assert '<ul class="roll" id="in-1">' in text, "what changes keeps the pressed row by its list"
    page = desk.get("/members").get_data(as_text=True)
    assert "Exercice en cours" in page
    assert "Évacuation en cours" not in page, "nobody calls the fire brigade for a drill"
    line = row_of(text, "Les scouts")
    text = press(desk, line, seen="yes")
    assert "<b>12</b> sur 13 sortis" in text
    assert text.index(">Les scouts<") > text.index(">Ana<"), "rooms keep their order"
    assert "1 personne n’a pas été vue et est peut-être encore à l’intérieur\u00a0: Ana." in text
    assert "<b>0</b> sur 13 sortis" in press(desk, line, seen="no")
    tick = {"csrf_token": token_of(desk), "seen": "yes"}
    answer = desk.post(line, data=tick, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.text) == (204, ""), "the page hears of it by the news"
    assert "<b>0</b> sur 13 sortis" in press(desk, line, seen="no")
    with database.read() as db:
        key = db.query(EvacuationRow).one().id
    fields = {"csrf_token": token_of(desk), "remarks": "Porte nord bloquée", "back": "yes"}
    for stale in ({}, {"missing": "12"}):
        asked = desk.post(f"/evacuation/{key}/end", data=fields | stale)
        assert asked.status_code == 422
        assert "à l’intérieur\u00a0: Ana, Les scouts (12)." in asked.text
    assert ">Porte nord bloquée</textarea>" in asked.text
    assert 'name="missing" value="13"' in asked.text
    clock.forward(minutes=3)
    assert (
        '<b role="timer" aria-label="Temps écoulé" data-seconds="180">3:00</b>'
        in desk.get("/evacuation").text
    )
    text = press(desk, f"/evacuation/{key}/end", **fields, missing="13")
    assert "C’est terminé" in text
    with database.read() as db:
        row = db.query(EvacuationRow).one()
        assert (row.remarks, row.everyone_back) == ("Porte nord bloquée", True)
    assert "déjà terminée" in press(desk, f"/evacuation/{key}/end")
    assert "Aucune n’est en cours" in text
    assert "Porte nord bloquée" in text


def test_a_remark_on_what_somebody_else_has_ended_is_kept_and_added(
    desk: FlaskClient, database: Database, client: FlaskClient
) -> None:
    press(desk, "/evacuation", kind="drill")
    with database.read() as db:
        key = db.query(EvacuationRow).one().id
    token = {"csrf_token": token_of(desk)}
    early = desk.post(f"/evacuation/{key}/remark", data=token | {"remarks": "trop tôt"})
    assert early.status_code == 400
    press(desk, f"/evacuation/{key}/end", missing="13", remarks="Porte nord bloquée")
    late = token | {"missing": "13", "remarks": "Sirène inaudible"}
    answer = desk.post(f"/evacuation/{key}/end", data=late)
    assert answer.status_code == 409
    shown = html.unescape(re.sub(r"<(?!/?textarea)[^>]+>", "", answer.text))
    assert "desk a terminé l’appel à 14:00. Votre remarque n’est pas encore" in shown
    assert ">Sirène inaudible</textarea>" in shown
    added = press(desk, f"/evacuation/{key}/remark", remarks="Sirène inaudible")
    assert "Remarque ajoutée" in added
    with database.read() as db:
        assert db.query(EvacuationRow).one().remarks == "Porte nord bloquée\nSirène inaudible"
    assert "déjà terminée" in press(desk, f"/evacuation/{key}/end", remarks="Sirène inaudible")


def test_an_evacuation_by_mistake_says_so_in_the_register_and_nobody_is_out(
    desk: FlaskClient, database: Database, clock: Clock
) -> None:
    for kind, shown in (("drill", "Exercice, par erreur"), ("desk", "Évacuation, par erreur")):
        press(desk, "/evacuation", kind=kind)
        clock.forward(minutes=1)
        with database.read() as db:
            key = db.query(EvacuationRow).filter_by(ended_at=None).one().id
        fields = {"missing": "13", "mistake": "yes"}
        text = press(desk, f"/evacuation/{key}/end", **fields)
        assert f"<td>{shown}</td>" in text, "not among the real ones"
        assert "Aucun exercice" in text, "the next drill is not moved"
    with database.read() as db:
        assert db.query(PresenceRow).filter(PresenceRow.zone_id.is_not(None)).count() == 2
    sign_in(desk, "manager")
    assert "lancée par erreur" in desk.get("/since").text


def test_a_fire_alarm_is_not_ended_as_a_mistake(desk: FlaskClient, database: Database) -> None:
    with database.write() as db:
        evacuations.start_by_fire(db, SITE, "atelier", NOW)
        key = db.query(EvacuationRow).one().id
    data = {"csrf_token": token_of(desk), "missing": "13", "mistake": "yes"}
    assert 'name="mistake"' not in desk.get("/evacuation").text
    assert desk.post(f"/evacuation/{key}/end", data=data).status_code == 400


def test_a_group_is_counted_with_who_supervises_it(desk: FlaskClient, database: Database) -> None:
    """12 of 14: two are missing, and whom to ask stands beside."""
    group = {"name": "Collège", "heads": "14", "supervisors": "Mme Duval, M. Petit", "zone": "shop"}
    press(desk, "/desk/groups", **group)
    text = press(desk, "/evacuation", kind="desk")
    assert "avec Mme Duval, M. Petit" in text
    form = row_of(text, "Collège")
    text = press(desk, form, seen="yes", heads="12")
    assert "12 sur 14" in text
    assert "<b>12</b> sur 27 sortis" in text
    assert "Collège (2)" in text, "two are missing"
    for wrong in ("15", "x"):
        data = {"csrf_token": token_of(desk), "seen": "yes", "heads": wrong}
        assert desk.post(form, data=data).status_code in (303, 400)
        assert "12 sur 14" in desk.get("/evacuation").text
    text = press(desk, form, seen="yes", heads="14")
    assert "<b>14</b> sur 27 sortis" in text
    with database.read() as db:
        assert db.query(EvacuationRow).one().seen == 14


def test_whoever_was_inside_and_is_not_on_the_list_is_added(
    desk: FlaskClient, database: Database
) -> None:
    text = press(desk, "/evacuation", kind="desk")
    refusal = "Si quelqu’un est à l’intérieur, ajoutez-le à l’appel."
    for path, visit in (
        ("/desk/enter", {"name": "Paul"}),
        ("/desk/groups", {"name": "Le club", "supervisors": "Luc"}),
    ):
        entry = {**visit, "zone": "shop", "heads": "2", "csrf_token": token_of(desk)}
        answer = desk.post(path, data=entry, follow_redirects=True)
        assert refusal in html.unescape(answer.text), "presence is frozen"
    (path,) = re.findall(r'action="(/evacuation/[^"]+/roll)"', text)
    text = press(desk, path, name="Paul", zone_id="shop", heads="2")
    row_of(text, "Paul")
    assert "<b>0</b> sur 15 sortis" in text
    refusal = "paul est déjà dans la liste\u00a0: Shop."
    assert refusal in press(desk, path, name="paul", zone_id="shop", heads="1")
    assert "saisissez un nom" in press(desk, path, name=" ", zone_id="shop", heads="1")
    assert "<b>0</b> sur 15 sortis" in desk.get("/evacuation").text
    desk.delete_cookie("loquet")
    sign_in(desk, "trainer")
    assert "<b>0</b> sur 16 sortis" in press(desk, path, name="Luc", zone_id="hall", heads="1")


def test_whoever_was_added_by_mistake_is_removed_and_nobody_else(
    desk: FlaskClient, database: Database
) -> None:
    text = press(desk, "/evacuation", kind="desk")
    assert "/remove" not in text, "who was in is looked for"
    (path,) = re.findall(r'action="(/evacuation/[^"]+/roll)"', text)
    text = press(desk, path, name="Paul", zone_id="shop", heads="2")
    (remove,) = re.findall(r'action="(/evacuation/[^"]+/remove)"', text)
    press(desk, row_of(text, "Paul"), seen="yes")
    text = press(desk, remove)
    assert "<b>Paul</b>" not in text
    assert "<b>0</b> sur 13 sortis" in text
    assert f'action="{path}"' in text[text.index('id="undo"') :], "it is undone by adding it"
    assert "n’est plus dans la liste" in press(desk, remove), "somebody else was faster"
    assert "personne n’a été retiré" in press(desk, f"{row_of(text, 'Ana')}/remove").lower()
    assert "<b>Ana</b>" in desk.get("/evacuation").text
    text = press(desk, path, name="Paul", zone_id="shop", heads="2")
    assert "<b>0</b> sur 15 sortis" in text, "they are looked for again"


def test_accounts_that_call_no_roll_are_told_of_an_evacuation(
    desk: FlaskClient, database: Database
) -> None:
    warning = "si vous êtes sur place, rejoignez le point de rassemblement"
    for is_going in (False, True):
        if is_going:
            press(desk, "/evacuation", kind="drill")
            assert warning not in desk.get("/members").text, "the button leads to the roll"
        for role, page in (("treasurer", "/statements"), ("member", "/mine"), ("dpo", "/audit")):
            other = desk.application.test_client()
            sign_in(other, role)
            answer = other.get(page)
            assert (answer.status_code, warning in answer.text) == (200, is_going), role
            assert 'href="/evacuation' not in answer.text
            assert other.get("/evacuation").status_code == 403


def test_names_with_accents_stand_where_they_are_looked_for(
    desk: FlaskClient, database: Database
) -> None:
    with database.write() as db:
        db.get_one(ZoneRow, "shop").name = {"fr": "Élan"}
        for label in ("Yanis", "École", "Éric"):
            row = PresenceRow(id=uuid7(), site_id=SITE, zone_id="hall", heads=1, moved_at=NOW)
            row.label, row.by_desk = label, True
            db.add(row)
    text = press(desk, "/evacuation", kind="desk")
    found = re.findall(r"<b>(Ana|École|Éric|Yanis|Les scouts)</b>", text)
    assert found == ["Les scouts", "Ana", "École", "Éric", "Yanis"], "Élan before Hall"
    with database.read() as db:
        key = db.query(EvacuationRow).one().id
    for line in re.findall(r'formaction="(/evacuation/[^"]+/roll/[^"]+)"', text):
        press(desk, line, seen="yes")
    assert "C’est terminé" in press(desk, f"/evacuation/{key}/end"), "nobody is missing"


def test_twenty_who_are_missing_are_named_and_the_others_counted(
    desk: FlaskClient, database: Database
) -> None:
    with database.write() as db:
        for number in range(22):
            row = PresenceRow(id=uuid7(), site_id=SITE, zone_id="hall", heads=1, moved_at=NOW)
            row.label, row.by_desk = f"Guest {number:02}", True
            db.add(row)
    text = press(desk, "/evacuation", kind="desk")
    assert "Guest 18, 15 autres personnes." in text, "three guests and a group of 12"
    assert ">Guest 19</b>" in text


def test_a_second_one_shows_the_roll_of_the_first(desk: FlaskClient, database: Database) -> None:
    press(desk, "/evacuation", kind="desk")
    assert "déjà en cours" in press(desk, "/evacuation", kind="drill")
    with database.read() as db:
        assert db.query(EvacuationRow).count() == 1


def test_a_kind_that_no_person_starts_is_refused(desk: FlaskClient) -> None:
    for kind in ("", "fire", "x"):
        data = {"csrf_token": token_of(desk), "kind": kind}
        assert desk.post("/evacuation", data=data).status_code == 400


def test_a_trainer_calls_the_roll_but_neither_starts_nor_ends_it(
    desk: FlaskClient, database: Database
) -> None:
    press(desk, "/evacuation", kind="desk")
    desk.delete_cookie("loquet")
    sign_in(desk, "trainer")
    text = desk.get("/evacuation").get_data(as_text=True)
    assert "Les scouts" in text
    assert "Finir l’appel" not in text
    data = {"csrf_token": token_of(desk), "kind": "drill"}
    assert desk.post("/evacuation", data=data).status_code == 403


def test_the_roll_of_another_evacuation_is_not_found(desk: FlaskClient) -> None:
    press(desk, "/evacuation", kind="desk")
    data = {"csrf_token": token_of(desk), "seen": "yes"}
    assert desk.post(f"/evacuation/{uuid7()}/roll/{uuid7()}", data=data).status_code == 404


def test_who_is_inside_comes_before_who_is_out(desk: FlaskClient, database: Database) -> None:
    with database.write() as db:
        for label in ("Bob", "Zoé"):
            row = PresenceRow(id=uuid7(), site_id=SITE, zone_id="hall", heads=1, moved_at=NOW)
            row.label, row.by_desk = label, True
            db.add(row)
    text = press(desk, "/evacuation", kind="drill")
    text = press(desk, row_of(text, "Ana"), seen="yes")
    assert re.findall(r"<b>(Ana|Bob|Zoé)</b>", text) == ["Bob", "Zoé", "Ana"]
    assert "1 sur 3 sortis" in text


@pytest.mark.parametrize(
    ("began", "due"),
    [
        ((), "dès que possible"),
        ((date(2026, 8, 31),), "28\u00a0février 2027</b> dans 3 mois"),
        ((date(2026, 4, 2), date(2026, 5, 30)), "30\u00a0novembre 2026</b> dans moins d’un mois"),
        ((date(2026, 5, 20),), '<b class="alert">20\u00a0novembre 2026</b> en retard'),
    ],
)
def test_the_next_drill_is_due_six_months_after_the_last(
    desk: FlaskClient, database: Database, began: tuple[date, ...], due: str
) -> None:
    with database.write() as db:
        for day in began:
            past(db, day, EvacuationKind.DRILL)
        past(db, date(2026, 11, 2), EvacuationKind.DESK)
    text = desk.get("/evacuation").text
    assert due in text
    assert text.count("Imprimer une feuille vierge") == 1
    assert text.index("evacuations-title") < text.index("Imprimer une feuille vierge"), (
        "at the list"
    )
    assert "2 min 48 s" in re.sub(r"[\u00a0\u202f]", " ", text)
    assert text.count("2 sur 3 sortis") == len(began) + 1
    assert "2 novembre 2026, 09:00" in text
    assert ">desk</td>" in text


def past(db: Session, day: date, kind: EvacuationKind) -> None:
    """An evacuation that took 168 seconds."""
    at = Utc.of(datetime.combine(day, time(9), ZoneInfo("Europe/Paris")))
    account = db.query(AccountRow).filter(AccountRow.login.startswith("desk")).one()
    row = EvacuationRow(id=uuid7(), site_id=SITE, kind=kind, started_at=at, heads=3, seen=2)
    row.started_by, row.everyone_back = f"account:{account.id}", True
    row.ended_at, row.remarks = Utc.of(at + timedelta(seconds=168)), None
    db.add(row)
    db.flush()
