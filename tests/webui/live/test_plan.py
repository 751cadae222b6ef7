"""The plan: where things stand, who moves them, and what no plan takes."""

import pytest
from flask.testing import FlaskClient

from controller.capabilities.live.models import PlanPlace
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.places.models import ZoneRow
from controller.kernel.database import Database
from tests.webui.conftest import SITE, sign_in, token_of
from tests.webui.live.live_actions import desk as desk


@pytest.fixture
def manager(desk: FlaskClient, database: Database) -> FlaskClient:
    """A manager, before the door and the machine, which is in a room."""
    with database.write() as db:
        db.add(ZoneRow(id="shop", site_id=SITE, name={"fr": "Atelier"}, row_version=1))
        db.flush()
        db.get_one(AccessPointRow, "laser").zone_id = "shop"
    desk.delete_cookie("loquet")
    sign_in(desk, "manager")
    return desk


def move(client: FlaskClient, point: str, x: str, y: str) -> str:
    data = {"csrf_token": token_of(client), "x": x, "y": y}
    answer = client.post(f"/plan/{point}", data=data)
    assert answer.status_code == 303
    return client.get(answer.headers["Location"]).get_data(as_text=True)


def test_what_was_never_placed_stands_in_rows(manager: FlaskClient) -> None:
    text = manager.get("/plan").get_data(as_text=True)
    assert 'class="spot is-off x11 y13" id="spot-front"' in text
    assert 'class="spot is-running x11 y33" id="spot-laser"' in text
    assert '<div class="room x2 y23 w18 h20"><span>Atelier</span>' in text


def test_a_manager_moves_things_and_can_have_them_back(
    manager: FlaskClient, database: Database
) -> None:
    assert "Déplacé sur le plan." in move(manager, "laser", "800", "400")
    text = move(manager, "laser", "1000", "0")
    assert "x100 y0" in text
    assert 'name="x" value="800"' in text, "where it stood can be had back"
    with database.read() as db:
        row = db.get_one(PlanPlace, "laser")
        assert (row.site_id, row.x, row.y) == (SITE, 1000, 0)


def test_what_was_never_placed_goes_back_to_its_row(
    manager: FlaskClient, database: Database
) -> None:
    assert 'name="placed" value="nowhere"' in move(manager, "laser", "800", "400")
    data = {"csrf_token": token_of(manager), "placed": "nowhere"}
    assert manager.post("/plan/laser", data=data).status_code == 303
    with database.read() as db:
        assert db.get(PlanPlace, "laser") is None


@pytest.mark.parametrize(
    ("x", "y"), [("", ""), ("1001", "0"), ("0", "-1"), ("a", "1"), ("1.5", "1")]
)
def test_a_place_off_the_plan_is_refused(
    manager: FlaskClient, database: Database, x: str, y: str
) -> None:
    assert "Rien n’a été déplacé" in move(manager, "laser", x, y)
    with database.read() as db:
        assert db.get(PlanPlace, "laser") is None


def test_the_desk_reads_the_plan_and_draws_nothing(desk: FlaskClient) -> None:
    text = desk.get("/plan?draw=1").get_data(as_text=True)
    assert "spot-laser" in text
    assert "data-href" not in text
    data = {"csrf_token": token_of(desk), "x": "1", "y": "1"}
    assert desk.post("/plan/laser", data=data).status_code == 403
