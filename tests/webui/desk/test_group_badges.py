"""A group’s badge in the desk’s field, and in that of every page: whose it is, and what next."""

import html
import re
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from controller.capabilities.groups.models import GroupRow
from controller.capabilities.presence.models import PresenceRow
from controller.domain.time import Utc
from controller.kernel.database import Database
from tests.webui.conftest import NOW, sign_in
from tests.webui.desk.conftest import Desk
from tests.webui.members.people import undo

NUMBER = "04AABBCC"


@pytest.fixture
def group(desk: Desk, database: Database) -> str:
    """A college that has a badge and is not in yet."""
    help_text = "avec l’encadrant, sauf s’il a déjà badgé"
    assert help_text in desk.text(), "12 or 13 is not asked at the assembly point"
    desk.post("/desk/groups", name="Collège", heads="8", until="17:30", value=NUMBER)
    desk.text()  # the bar that takes it back is gone
    with database.read() as db:
        return db.query(GroupRow).one().id


def test_it_opens_the_group_who_come_in_and_go(desk: Desk, group: str) -> None:
    address = desk.opened(NUMBER)
    assert address == f"/desk?group={group}"
    text = desk.text(address.removeprefix("/desk"))
    assert '<h2 id="who">Collège</h2>' in text
    assert "Ce badge appartient au groupe jusqu’à 17:30." in text
    assert "0 sur 20" in text
    desk.post(f"/desk/groups/{group}/enter", zone="atelier")
    assert "8 sur 20" in desk.text()
    assert "<b>Entrée</b><i>Atelier" in desk.text(f"?group={group}")
    desk.post(f"/desk/groups/{group}/end")
    assert "0 sur 20" in desk.text()
    assert "Ce badge n’appartient à personne" in desk.post("/desk/find", q=NUMBER).get_data(
        as_text=True
    )
    assert "Ce groupe est parti." in desk.text(f"?group={group}")


def again(desk: Desk, answer: TestResponse, path: str) -> TestResponse:
    """Press the button of the question, with all that its form says."""
    assert answer.status_code == 422
    form = answer.get_data(as_text=True).split('id="question"')[1].split("</form>")[0]
    assert f'action="{path}"' in form
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
    return desk.post(path, **{name: html.unescape(value) for name, value in fields})


def test_more_than_a_room_holds_are_noted_by_who_has_read_so(
    desk: Desk, database: Database
) -> None:
    fields = {"name": "Lycée", "heads": "12", "until": "17:30", "value": NUMBER, "zone": "atelier"}
    asked = desk.post("/desk/groups", **fields)
    said = "Atelier\u00a0: il y aurait 12 personnes, pour 10 au plus."
    assert said in asked.get_data(as_text=True)
    with database.read() as db:
        assert db.query(GroupRow).count() == 0, "nothing is noted"
    assert again(desk, asked, "/desk/groups").status_code == 303
    text = desk.text()
    assert "12 sur 10 <b>complet\u00a0: 2 de trop</b>" in text
    assert '<option value="atelier">Atelier, complet\u00a0: 2 de trop</option>' in text
    with database.read() as db:
        group = db.query(GroupRow).one().id
    assert desk.opened(NUMBER) == f"/desk?group={group}", "with its badge"
    desk.post(f"/desk/groups/{group}/end")
    desk.post("/desk/enter", name="", heads="10", zone="atelier")
    assert "10 sur 10 <b>complet</b>" in desk.text()
    asked = desk.post("/desk/enter", member=desk.zoe, zone="atelier", confirmed="something else")
    again(desk, asked, "/desk/enter")
    assert "11 sur 10" in desk.text()


def test_a_group_whose_badge_is_shown_comes_into_a_full_room_by_two_presses(
    desk: Desk, group: str
) -> None:
    desk.post("/desk/enter", name="", heads="5", zone="atelier")
    asked = desk.post(f"/desk/groups/{group}/enter", zone="atelier")
    assert '<h2 id="who">Collège</h2>' in asked.get_data(as_text=True), "the group stays open"
    again(desk, asked, f"/desk/groups/{group}/enter")
    assert "13 sur 10" in desk.text()


def test_its_name_among_those_present_opens_it(desk: Desk, group: str) -> None:
    desk.post(f"/desk/groups/{group}/enter", zone="atelier")
    room = desk.text().split('id="room-atelier"')[1].split("</section>")[0]
    assert f'<a href="/desk?group={group}">Collège</a>' in room


def test_an_entry_is_taken_back(desk: Desk, group: str) -> None:
    desk.post(f"/desk/groups/{group}/enter", zone="atelier")
    assert undo(desk.client, "/desk") == "Collège\u00a0: entrée notée."
    assert "0 sur 20" in desk.text()


def test_that_they_went_by_mistake_is_taken_back(
    desk: Desk, database: Database, group: str
) -> None:
    desk.post(f"/desk/groups/{group}/enter", zone="atelier")
    with database.read() as db:
        key = db.query(PresenceRow).one().id
    desk.post("/desk/leave", presence=key)
    undo(desk.client, "/desk")
    assert "<b>Entrée</b><i>Atelier" in desk.text(f"?group={group}"), "as the group, not by name"


def test_gone_by_mistake_it_has_its_badge_and_is_in_since_it_came(
    desk: Desk, database: Database, group: str
) -> None:
    desk.post(f"/desk/groups/{group}/enter", zone="atelier")
    with database.write() as db:
        came = db.query(PresenceRow).one().moved_at = Utc.of(NOW - timedelta(hours=2))
    desk.post(f"/desk/groups/{group}/end")
    assert undo(desk.client, "/desk") == "Groupe parti, son badge est rendu."
    assert desk.opened(NUMBER) == f"/desk?group={group}"
    with database.read() as db:
        row = db.query(PresenceRow).one()
        assert (row.zone_id, row.heads, row.moved_at) == ("atelier", 8, came)
    for badges, status in (("no receipt", 400), ("AAAA", 303)):
        assert desk.post(f"/desk/groups/{group}/again", badges=badges).status_code == status
    assert "Trop tard, ou quelqu’un d’autre l’a terminé" in desk.text()


def test_one_whose_visit_is_over_is_told_and_comes_in_no_more(
    desk: Desk, database: Database, group: str
) -> None:
    with database.write() as db:
        db.get_one(GroupRow, group).ends_at = Utc.parse("2026-11-24T08:30:00.000Z")
    text = desk.text(f"?group={group}")
    assert "La visite de ce groupe a pris fin à 09:30." in text
    assert f"/desk/groups/{group}/enter" not in text
    desk.post(f"/desk/groups/{group}/enter", zone="atelier")
    assert "La visite de ce groupe est finie" in desk.text()


def test_the_field_of_every_page_knows_it_too(desk: Desk, group: str) -> None:
    assert desk.post("/find", q=NUMBER).headers["Location"] == f"/desk?group={group}"
    sign_in(desk.client, "trainer")
    assert desk.post("/find", q=NUMBER).headers["Location"] == "/find"
    text = desk.client.get("/find").get_data(as_text=True)
    assert "C’est le badge du groupe Collège." in text


def test_a_group_that_is_not_here_is_not_shown(desk: Desk, group: str) -> None:
    assert desk.client.get("/desk?group=nothing").status_code == 404
    assert desk.post("/desk/groups/nothing/enter", zone="atelier").status_code == 404
