"""Sign-in, sessions and their cookies."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from controller.capabilities.accounts import sign_ins
from controller.capabilities.accounts.models import AccountRow
from controller.domain.time import Utc
from controller.kernel.database import Database
from tests.support.clock import Clock
from tests.webui.conftest import PASSWORD, make_app, sign_in, token_of
from webui.accounts.signin import TRIES, TRIES_FROM_ADDRESS


def test_right_and_wrong_passwords(client: FlaskClient) -> None:
    assert sign_in(client, "manager", "wrong") == 422
    assert client.get("/").status_code == 302
    assert sign_in(client, "manager") == 303
    assert client.get("/").status_code == 200


def test_an_unknown_account_is_told_the_same(client: FlaskClient) -> None:
    data = {"csrf_token": token_of(client), "login": "nobody@example.org", "password": "x"}
    unknown = client.post("/sign-in", data=data)
    data["login"] = "manager@example.org"
    wrong = client.post("/sign-in", data=data)
    assert unknown.status_code == wrong.status_code == 422
    assert "Compte ou mot de passe incorrect." in unknown.get_data(as_text=True)
    assert "Compte ou mot de passe incorrect." in wrong.get_data(as_text=True)


def test_guessing_is_slowed_down(client: FlaskClient) -> None:
    for _ in range(TRIES):
        assert sign_in(client, "desk", "guess") == 422
    assert sign_in(client, "desk") == 429
    assert sign_in(client, "manager") == 303


@pytest.mark.parametrize(("proxies", "stopped"), [(0, True), (1, False)])
def test_behind_a_proxy_a_guesser_stops_nobody_else(
    database: Database, clock: Clock, proxies: int, stopped: bool
) -> None:
    app = make_app(database, clock, proxies=proxies)

    def tried(address: str, login: str, password: str) -> int:
        client = app.test_client()
        came = {"X-Forwarded-For": f"198.51.100.66, {address}"}
        data = {"csrf_token": token_of(client), "login": login, "password": password}
        return client.post("/sign-in", data=data, headers=came).status_code

    for number in range(TRIES_FROM_ADDRESS):
        assert tried("203.0.113.7", f"{number}@example.org", "guess") == 422
    assert tried("203.0.113.7", "manager@example.org", PASSWORD) == 429
    right = tried("203.0.113.8", "manager@example.org", PASSWORD)
    assert right == (429 if stopped else 303)


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:x", ""]
)
def test_nobody_is_sent_away_after_signing_in(client: FlaskClient, wanted: str) -> None:
    data = {
        "csrf_token": token_of(client),
        "login": "desk@example.org",
        "password": "correct horse battery",
        "next": wanted,
    }
    assert client.post("/sign-in", data=data).headers["Location"] == "/"


def test_what_was_asked_for_comes_after_signing_in(client: FlaskClient) -> None:
    asked = client.get("/members?q=zo")
    assert asked.headers["Location"] == "/sign-in?next=/members?q%3Dzo"
    data = {
        "csrf_token": token_of(client),
        "login": "desk@example.org",
        "password": "correct horse battery",
        "next": "/members?q=zo",
    }
    assert client.post("/sign-in", data=data).headers["Location"] == "/members?q=zo"


def test_a_planted_session_does_not_survive_signing_in(client: FlaskClient) -> None:
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
    before = token_of(client)
    sign_in(client, "manager")
    with client.session_transaction() as session:
        assert "planted" not in session
    assert token_of(client, "/members") != before


def test_a_form_without_its_token_is_refused(client: FlaskClient) -> None:
    sign_in(client, "manager")
    for path in ("/sign-out", "/language", "/members/x/certify", "/alarms/x/take"):
        assert client.post(path, data={}).status_code == 400
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("path", ["/", "/members", "/bench"])
def test_an_answer_sets_no_cookie(client: FlaskClient, path: str) -> None:
    """One still on its way while somebody signs out would sign them in again."""
    sign_in(client, "manager")
    assert "Set-Cookie" not in client.get(path).headers


@pytest.mark.parametrize("path", ["/live", "/", "/members"])
def test_a_part_that_is_refused_sets_no_cookie(client: FlaskClient, path: str) -> None:
    """Its form token would replace that of the sign-in page which is open by then."""
    answer = client.get(path, headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.content_type.startswith("text/plain")
    assert "Set-Cookie" not in answer.headers


def test_signing_out_ends_the_session(client: FlaskClient) -> None:
    sign_in(client, "manager")
    assert client.post("/sign-out", data={"csrf_token": token_of(client)}).status_code == 303
    assert client.get("/").status_code == 302


def test_ending_sign_ins_ends_copied_cookies_too(client: FlaskClient, database: Database) -> None:
    sign_in(client, "manager")
    with database.write() as db:
        row = db.query(AccountRow).filter_by(login="manager@example.org").one()
        sign_ins.sign_out_everywhere(db, row.id)
    assert client.get("/").status_code == 302


def test_a_sign_in_does_not_last_for_ever(client: FlaskClient, clock: Clock) -> None:
    sign_in(client, "manager")
    clock.now = Utc.of(clock.now + sign_ins.SIGN_IN_LASTS + timedelta(seconds=1))
    assert client.get("/").status_code == 302


def test_cookies_are_secure_where_people_come_by_https(database: Database, clock: Clock) -> None:
    client = make_app(database, clock, public_url="https://loquet.example").test_client()
    answer = client.get("/sign-in", base_url="https://loquet.example")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-loquet=")
    for wanted in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert wanted in cookie
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_on_loopback_cookies_work_without_https(client: FlaskClient) -> None:
    answer = client.get("/sign-in")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("loquet=")
    assert "HttpOnly" in cookie
    assert "Secure" not in cookie
    assert "Strict-Transport-Security" not in answer.headers
