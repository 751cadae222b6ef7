"""An empty place is opened by the code of `loquet init`; a printed one recovers a password."""

import html
import re

import pytest
from flask.testing import FlaskClient

from controller.capabilities.accounts import printed_codes
from controller.capabilities.accounts.models import AccountRole, AccountRow
from controller.kernel.database import Database
from tests.webui.conftest import NOW, sign_in, token_of
from webui.accounts.signin import TRIES

PASSWORD = "a long enough one"


@pytest.fixture
def code(database: Database) -> str:
    """Of a place with nobody's account."""
    with database.write() as db:
        for table in (AccountRole, AccountRow):
            db.query(table).delete()
        made = printed_codes.issue_for_first_admin(db, now=NOW)
    assert made is not None
    return made


def send(client: FlaskClient, address: str, **fields: str) -> tuple[int, str, str]:
    fields["csrf_token"] = token_of(client)
    answer = client.post(address, data=fields)
    text = html.unescape(answer.get_data(as_text=True))
    return answer.status_code, text, answer.headers.get("Location", "")


def test_an_empty_place_leads_to_its_first_page_and_on_to_setting_up(
    client: FlaskClient, code: str
) -> None:
    assert client.get("/sign-in").headers["Location"] == "/first"
    status, text, _to = send(client, "/first", code="x", login="claire", password=PASSWORD)
    assert status == 422
    assert "pour en obtenir un nouveau" in text
    assert 'value="claire"' in text
    assert PASSWORD not in text
    status, text, _to = send(client, "/first", code=code, login="claire", password="short")
    assert status == 422
    assert "Au moins 10 caractères" in text
    status, _text, to = send(client, "/first", code=code, login="claire", password=PASSWORD)
    assert (status, to) == (303, "/setup")
    assert client.get("/setup").status_code == 200
    assert client.get("/first").headers["Location"] == "/sign-in"


def test_where_there_is_an_account_no_code_makes_another(
    client: FlaskClient, database: Database
) -> None:
    assert client.get("/first").headers["Location"] == "/sign-in"
    token = token_of(client)
    data = {"csrf_token": token, "code": "x", "login": "eve", "password": PASSWORD}
    assert client.post("/first", data=data).status_code == 422
    with database.read() as db:
        assert db.query(AccountRow).filter_by(login="eve").count() == 0


def test_a_printed_code_gives_a_new_password_once(client: FlaskClient) -> None:
    sign_in(client, "admin")
    data = {"csrf_token": token_of(client), "make": "yes"}
    text = client.post("/setup/admin", data=data)
    assert text.headers["Cache-Control"] == "no-store"
    code = "-".join(re.findall(r"<span>([a-z2-9]{5})</span>", text.get_data(as_text=True)))
    assert len(code) == 23
    client.post("/sign-out", data={"csrf_token": token_of(client)})
    mine = {"login": "admin@example.org", "code": code, "password": PASSWORD}
    status, text_, _to = send(client, "/recover", **(mine | {"code": "x"}))
    assert status == 422
    assert "n’est pas celui de ce compte" in text_
    assert send(client, "/recover", **mine)[0] == 303
    assert sign_in(client, "admin") == 422
    assert sign_in(client, "admin", PASSWORD) == 303
    client.post("/sign-out", data={"csrf_token": token_of(client)})
    assert send(client, "/recover", **mine)[0] == 422


def test_a_manager_prints_no_recovery_code(client: FlaskClient) -> None:
    sign_in(client, "manager")
    token = token_of(client)
    assert client.post("/setup/admin", data={"csrf_token": token, "make": "yes"}).status_code == 403


def test_guessing_codes_is_slowed_down(client: FlaskClient) -> None:
    mine = {"login": "admin@example.org", "code": "x", "password": PASSWORD}
    for _ in range(TRIES):
        assert send(client, "/recover", **mine)[0] == 422
    assert send(client, "/recover", **mine)[0] == 429
