"""FabOMatic's page: a board is linked to a machine, tried, put into service, and let go."""

import html
import re

import pytest
from flask.testing import FlaskClient

from controller.capabilities.machines import access_points
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.machines.shapes import NewAccessPoint
from controller.domain.facts import PointKind
from controller.integrations.fabomatic.models import FabomaticBoardRow
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from controller.wire.ids import uuid7
from tests.webui.conftest import NOW, SITE, sign_in, token_of

PAGE = "/integrations/fabomatic"


@pytest.fixture
def manager(client: FlaskClient, database: Database) -> FlaskClient:
    new = NewAccessPoint(id="saw", site_id=SITE, kind=PointKind.MACHINE, name=Label(fr="Scie"))
    with database.write() as db:
        access_points.create(db, new, actor=Actor.system("test"), now=NOW)
    sign_in(client, "manager")
    return client


def send(client: FlaskClient, path: str, **form: str) -> tuple[int, str]:
    answer = client.post(PAGE + path, data={"csrf_token": token_of(client), **form})
    return answer.status_code, html.unescape(answer.get_data(as_text=True))


def test_a_board_is_linked_tried_and_let_go(manager: FlaskClient, database: Database) -> None:
    assert "Aucun boîtier relié" in manager.get(PAGE).get_data(as_text=True)
    assert send(manager, "/link", number="7", machine="saw")[0] == 303
    text = html.unescape(manager.get(PAGE).get_data(as_text=True))
    assert "à tester" in text
    assert send(manager, "/7/commission")[0] == 303
    with database.write() as db:
        assert db.get_one(AccessPointRow, "saw").commissioned
        db.get_one(FabomaticBoardRow, (SITE, 7)).session_id = uuid7()
    status, text = send(manager, "/7/unlink")
    assert status == 422
    assert "Quelqu’un s’en sert" in text
    with database.write() as db:
        db.get_one(FabomaticBoardRow, (SITE, 7)).session_id = None
    assert send(manager, "/7/unlink")[0] == 303
    with database.read() as db:
        point = db.get_one(AccessPointRow, "saw")
        assert (point.agent_id, point.commissioned) == (None, False)
    assert send(manager, "/7/unlink")[0] == 404


def test_a_boards_password_is_shown_once_and_kept_as_its_broker_has_it(
    manager: FlaskClient, database: Database
) -> None:
    assert send(manager, "/link", number="7", machine="saw")[0] == 303
    warning = "n’importe quel boîtier peut se faire passer pour lui"
    assert warning in html.unescape(manager.get(PAGE).get_data(as_text=True))
    shown = set()
    for _ in range(2):
        status, text = send(manager, "/7/password")
        assert (status, "board-7" in text) == (200, True)
        shown.add(re.findall(r'class="seed section">([a-z2-9]{24})<', text)[0])
        with database.read() as db:
            kept = db.get_one(FabomaticBoardRow, (SITE, 7)).password_hash or ""
        assert kept.startswith("$7$101$")
        assert not [password for password in shown if password in kept]
    assert len(shown) == 2
    assert warning not in html.unescape(manager.get(PAGE).get_data(as_text=True))
    assert send(manager, "/8/password")[0] == send(manager, "/x/password")[0] == 404


@pytest.mark.parametrize(
    ("number", "machine"), [("seven", "saw"), ("7", "nothing"), ("", "saw"), ("99999", "saw")]
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    manager: FlaskClient, number: str, machine: str
) -> None:
    status, text = send(manager, "/link", number=number, machine=machine)
    assert status == 422
    assert f'value="{number}"' in text


def test_only_managers_see_it(client: FlaskClient) -> None:
    sign_in(client, "desk")
    assert client.get(PAGE).status_code == 403
