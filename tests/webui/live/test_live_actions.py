"""What is done from Live: doors' four acts, machines' service and power, alarms taken and done."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from controller.capabilities.agents.models import AgentState
from controller.capabilities.alarms.models import Alarm
from controller.capabilities.live import board
from controller.capabilities.machines.models import AccessPointRow, CommandRow, PointStateRow
from controller.capabilities.maintenance import maintenance
from controller.capabilities.maintenance.shapes import NewMaintenance
from controller.capabilities.user_reports import user_reports
from controller.capabilities.user_reports.models import ToldKind
from controller.capabilities.user_reports.shapes import NewUserReport
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from controller.wire.ids import uuid7
from tests.webui.conftest import NOW, SITE, sign_in, token_of
from tests.webui.live.live_actions import desk as desk
from tests.webui.live.live_actions import press

SYSTEM = Actor.system("test")
FORM = re.compile(r'name="csrf_token" value="([^"]+)"')


def sent(database: Database) -> list[tuple[str, str | None, dict[str, Any]]]:
    with database.read() as db:
        rows = db.query(CommandRow).order_by(CommandRow.id).all()
        return [(row.type, row.access_point_id, row.args) for row in rows]


@pytest.mark.parametrize(
    ("deed", "fields", "type", "said"),
    [
        ("open", {}, "release_door", "Front\u00a0: ouverte une fois."),
        ("hours", {}, "follow_hours", "Front\u00a0: rendue à ses horaires."),
        ("identify", {}, "identify", "clignote dix secondes"),
        ("hold", {"until": "+30"}, "hold_door", "Front\u00a0: gardée ouverte jusqu’à 14:30."),
    ],
)
def test_a_door_is_asked(
    desk: FlaskClient, database: Database, deed: str, fields: dict[str, str], type: str, said: str
) -> None:
    assert said in press(desk, f"/points/front/{deed}", **fields)
    assert [command[0] for command in sent(database)] == [type]


@pytest.mark.parametrize(
    ("typed", "until"),
    [
        ("+90", "2026-11-24T14:30:00.000Z"),
        ("18:30", "2026-11-24T17:30:00.000Z"),
        ("08:00", "2026-11-25T07:00:00.000Z"),
    ],
)
def test_until_when_a_door_is_kept_open(
    desk: FlaskClient, database: Database, typed: str, until: str
) -> None:
    press(desk, "/points/front/hold", until=typed)
    assert sent(database) == [("hold_door", "front", {"until": until})]


@pytest.mark.parametrize("typed", ["", "soon", "+0", "+1441", "+x", "18:30Z", "25:00"])
def test_a_time_that_is_none_opens_nothing(
    desk: FlaskClient, database: Database, typed: str
) -> None:
    assert "saisissez une heure" in press(desk, "/points/front/hold", until=typed)
    assert sent(database) == []


@pytest.mark.parametrize("typed", ["13:59", "14:00", "08:01"])
def test_a_time_that_has_just_passed_keeps_no_door_open_until_tomorrow(
    desk: FlaskClient, database: Database, typed: str
) -> None:
    assert "cette heure vient de passer" in press(desk, "/points/front/hold", until=typed)
    assert sent(database) == []


def test_the_confirmation_says_that_a_door_is_kept_open_until_tomorrow(desk: FlaskClient) -> None:
    said = press(desk, "/points/front/hold", until="07:30")
    assert "gardée ouverte jusqu’à demain à 07:30" in said


def test_a_door_is_locked_down_until_a_person_ends_it(
    desk: FlaskClient, database: Database
) -> None:
    assert "indiquez le motif" in press(desk, "/points/front/lock-down")
    assert sent(database) == []
    text = press(desk, "/points/front/lock-down", reason="Intrusion")
    assert "Front\u00a0: fermée à tous." in text
    assert "Fermée à tous" in text
    assert 'action="/points/front/hours"' in text, "it can be taken back at once"
    with database.read() as db:
        row = db.get_one(AccessPointRow, "front")
        assert (row.in_service, row.service_reason) == (False, "Intrusion")
    with database.write() as db:
        db.get_one(PointStateRow, "front").since = Utc.of(NOW - timedelta(hours=7))
        found, _site = board.tile(db, SITE, "front", actor=SYSTEM, now=NOW)
        assert found.since == NOW, "not since its lock moved last"
    assert "Rien n’a été fait" in press(desk, "/points/front/open")
    text = press(desk, "/points/front/hours")
    assert 'name="reason" value="Intrusion"' in text, "nor is its reason lost"
    with database.read() as db:
        assert db.get_one(AccessPointRow, "front").in_service
    assert [command[0] for command in sent(database)] == ["lock_door", "follow_hours"]


def test_a_machine_goes_out_of_service_and_comes_back(
    desk: FlaskClient, database: Database
) -> None:
    text = press(desk, "/points/laser/out", reason="En panne")
    assert "Laser\u00a0: hors service." in text
    assert 'action="/points/laser/back"' in text
    assert "Remettre en service" in text
    press(desk, "/points/laser/back")
    with database.read() as db:
        row = db.get_one(AccessPointRow, "laser")
        assert (row.in_service, row.service_reason) == (True, None)


def test_a_machine_reported_as_dangerous_comes_back_once_the_report_is_resolved(
    desk: FlaskClient, database: Database
) -> None:
    with database.write() as db:
        actor = Actor.system("test")
        smoke = NewUserReport(kind=ToldKind.FAULT, access_point="laser", text="", dangerous=True)
        report = user_reports.create(db, smoke, actor=actor, now=NOW).id
        db.get_one(PointStateRow, "laser").state = "out_of_service"
    text = desk.get("/").get_data(as_text=True)
    tile = text[text.index('id="tile-laser"') :].partition("</article>")[0]
    assert 'href="/machines/laser#told"' in tile
    assert 'id="main-laser"' not in tile
    page = desk.get("/machines/laser").text
    assert 'formaction="/points/laser/back"' not in page
    assert "Remettre en service<small>signalée comme dangereuse" in page
    assert 'formaction="/points/laser/back"' not in tile
    assert "Réglez d’abord le signalement." in press(desk, "/points/laser/back")
    press(desk, f"/told/{report}/done", remark="Hotte nettoyée")
    assert "remise en service" in press(desk, "/points/laser/back")


def test_a_machine_that_cools_and_is_out_of_service_is_not_announced_as_free(
    desk: FlaskClient, database: Database
) -> None:
    with database.write() as db:
        state = db.get_one(PointStateRow, "laser")
        state.state, state.ends_at = "cooling", Utc.of(NOW + timedelta(minutes=4))
        state.session_id = None
    assert "libre à 14:04" in desk.get("/").text
    press(desk, "/points/laser/out", reason="En panne")
    for page in (desk.get("/").text, desk.get("/machines/laser").text):
        assert "jusqu’à 14:04, puis hors service" in page
        assert "libre à" not in page


def test_what_its_state_asks_for_is_one_press_away(desk: FlaskClient, database: Database) -> None:
    def at_hand() -> list[str]:
        text = desk.get("/").get_data(as_text=True)
        tile = text[text.index('id="tile-laser"') :]
        foot = tile[: tile.index("</article>")]
        return re.findall(r'id="main-laser" form="do" formaction="/points/laser/([a-z-]+)"', foot)

    assert at_hand() == [], "it is used: stopping is in its menu"
    assert "Finir puis arrêter" in desk.get("/").get_data(as_text=True)
    with database.write() as db:
        state = db.get_one(PointStateRow, "laser")
        state.state, state.warning, state.ends_at = (
            "armed",
            True,
            Utc.of(NOW + timedelta(minutes=4)),
        )
    assert at_hand() == ["finish"], "it is on, without a job, and warns"
    assert "Finir puis arrêter" not in desk.get("/").get_data(as_text=True)
    with database.write() as db:
        state = db.get_one(PointStateRow, "laser")
        state.state, state.warning, state.faults = "fault", False, ["interlock"]
    assert at_hand() == ["reset"]
    with database.write() as db:
        db.get_one(PointStateRow, "laser").state = "off"
    assert 'formaction="/points/laser/finish"' not in desk.get("/").get_data(as_text=True)


@pytest.mark.parametrize(
    ("deed", "type"), [("finish", "end_session"), ("cut", "cut_power"), ("reset", "reset_fault")]
)
def test_a_machine_is_asked(desk: FlaskClient, database: Database, deed: str, type: str) -> None:
    press(desk, f"/points/laser/{deed}")
    assert [command[:2] for command in sent(database)] == [(type, "laser")]


def test_what_is_for_machines_is_refused_to_doors(desk: FlaskClient, database: Database) -> None:
    assert "ne vaut pas" in press(desk, "/points/front/cut")
    assert "ne vaut pas" in press(desk, "/points/laser/lock-down", reason="Intrusion")
    assert sent(database) == []
    with database.read() as db:
        assert db.get_one(AccessPointRow, "laser").in_service


def test_of_a_silent_agent_the_acts_are_greyed_with_since_when(
    desk: FlaskClient, database: Database
) -> None:
    with database.write() as db:
        db.get_one(AgentState, "pi").online = False
    text = desk.get("/").get_data(as_text=True)
    assert "boîtier muet depuis" in text
    assert re.search(r'href="/agents/pi">.*Que vérifier', text)
    assert "formaction=" not in text
    assert "son boîtier ne répond pas" in press(desk, "/points/front/open")
    assert "son boîtier ne répond pas" in press(desk, "/points/front/lock-down", reason="Travaux")
    with database.read() as db:
        assert db.get_one(AccessPointRow, "front").in_service, "nothing is half done"


def test_cutting_the_power_takes_two_presses(desk: FlaskClient) -> None:
    text = desk.get("/").get_data(as_text=True)
    menu = text[text.index('id="acts-laser"') :]
    cut = menu[menu.index('<details class="more" id="cut-laser">') :]
    assert cut.index("<summary") < cut.index('formaction="/points/laser/cut"')


def test_a_trainer_sees_and_commands_nothing(client: FlaskClient, desk: FlaskClient) -> None:
    desk.delete_cookie("loquet")
    sign_in(client, "trainer")
    text = client.get("/").get_data(as_text=True)
    assert "Front" in text
    assert "/points/" not in text
    data = {"csrf_token": token_of(client)}
    assert client.post("/points/front/open", data=data).status_code == 403


def alarm(database: Database, kind: str) -> str:
    key = uuid7()
    row = Alarm(id=key, key=key, site_id=SITE, kind=kind, detail={}, raised_at=NOW)
    row.agent_id = "pi"
    with database.write() as db:
        db.add(row)
    return key


def test_a_stale_open_of_a_locked_down_door_says_why_it_is_closed(
    desk: FlaskClient, database: Database
) -> None:
    with database.write() as db:
        row = db.get_one(AccessPointRow, "front")
        row.in_service, row.service_reason = False, "dégât des eaux"
    assert "fermée à tous, dégât des eaux" in press(desk, "/points/front/open")
    assert sent(database) == []


def test_an_alarm_is_taken_then_done(desk: FlaskClient, database: Database) -> None:
    key = alarm(database, "power_cut")
    text = press(desk, f"/alarms/{key}/take")
    assert "<b>desk s’en occupe</b>" in text
    assert 'name="taken" value="no"' in text, "it can be taken back at once"
    text = press(desk, f"/alarms/{key}/take", taken="no")
    assert "Personne ne s’occupe plus" in text
    assert "<b>desk s’en occupe</b>" not in text
    press(desk, f"/alarms/{key}/take")
    desk.delete_cookie("loquet")
    sign_in(desk, "manager")
    assert "Quelqu’un d’autre s’en occupe" in press(desk, f"/alarms/{key}/take", taken="no")
    assert "<b>desk s’en occupe</b>" in desk.get("/").get_data(as_text=True)
    assert "1 alarme réglée" in press(desk, f"/alarms/{key}/done")
    assert f"alarm-{key}" not in desk.get("/").get_data(as_text=True)


def test_what_ends_by_itself_is_not_done_by_hand(desk: FlaskClient, database: Database) -> None:
    key = alarm(database, "door_held")
    assert "disparaît avec sa cause" in desk.get("/").get_data(as_text=True)
    assert "Cette alarme disparaît avec sa cause" in press(desk, f"/alarms/{key}/done")
    assert f"alarm-{key}" in desk.get("/").get_data(as_text=True)


def test_maintenance_is_neither_red_nor_before_what_is(
    desk: FlaskClient, database: Database
) -> None:
    calm, red = alarm(database, "maintenance_due"), alarm(database, "power_cut")
    text = desk.get("/").get_data(as_text=True)
    looks = re.findall(r'<div class="([^"]*)" id="alarm-([^"]+)"', text)
    assert looks == [("alarm", red), ("alarm is-calm", calm)]


def test_the_alarm_of_a_machine_is_taken_on_its_tile(desk: FlaskClient, database: Database) -> None:
    key = alarm(database, "estop")
    with database.write() as db:
        db.get_one(Alarm, key).access_point_id = "laser"
    text = desk.get("/").get_data(as_text=True)
    tile = text[text.index('id="tile-laser"') :].partition("</article>")[0]
    assert f'id="alarm-{key}"' in tile
    assert f'class="button is-main" id="take-{key}"' in tile
    assert 'id="alarms"' not in text, "it is said once"
    assert "Arrêt d’urgence.</b>" in text, "and in the sentence above"


def test_an_alarm_about_a_person_is_not_on_the_tile_of_whoever_is_there_now(
    desk: FlaskClient, database: Database
) -> None:
    key = alarm(database, "grant_without_plan")
    with database.write() as db:
        row = db.get_one(Alarm, key)
        row.access_point_id, row.detail = "laser", {"member": uuid7()}
    text = desk.get("/").get_data(as_text=True)
    tile = text[text.index('id="tile-laser"') :].partition("</article>")[0]
    assert f'id="alarm-{key}"' not in tile
    assert f'id="alarm-{key}"' in text
    assert "Laser\xa0: Entrée sans abonnement ni pass" in text


def test_maintenance_is_noted_as_done_and_one_stays(desk: FlaskClient, database: Database) -> None:
    new = NewMaintenance(
        access_point="laser",
        name=Label(fr="Filtre"),
        every_days=1,
        starts_at=Utc.of(NOW - timedelta(days=3)),
    )
    with database.write() as db:
        task = maintenance.create(db, new, actor=SYSTEM, now=NOW).id
        maintenance.update_alarms(db, NOW)
    assert f'formaction="/maintenance/{task}/done" name="back"' in desk.get("/").get_data(
        as_text=True
    )
    data = {"csrf_token": token_of(desk), "back": "board"}
    for deed in ("done", "taken-back"):
        answer = desk.post(f"/maintenance/{task}/{deed}", data=data)
        assert answer.headers["Location"] == "/"
        text = desk.get("/").get_data(as_text=True)
        assert (f"/maintenance/{task}/done" in text) == (deed != "done")
        data["noted"] = (re.findall(r'name="noted" value="([^"]+)"', text) or [""])[0]


def test_live_is_light(desk: FlaskClient) -> None:
    """Over the wire; what else it takes is kept by the browser for a year."""
    answer = desk.get("/", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(answer.get_data()) < 10_000


def test_a_part_made_for_many_has_each_readers_own_token_and_acts(desk: FlaskClient) -> None:
    other, trainer = (desk.application.test_client() for _ in range(2))
    for client, role in ((other, "desk"), (trainer, "trainer")):
        assert sign_in(client, role) == 303
    (token,), (theirs,) = (set(FORM.findall(part(client))) for client in (desk, other))
    assert posted(other, theirs) == 303
    assert posted(other, token) == 400
    assert 'form="do"' in part(desk)
    assert "csrf_token" not in part(trainer)
    assert 'form="do"' not in part(trainer)


def part(client: FlaskClient) -> str:
    return client.get("/", headers={"HX-Request": "true"}).get_data(as_text=True)


def posted(client: FlaskClient, token: str) -> int:
    return client.post("/language", data={"csrf_token": token}).status_code
