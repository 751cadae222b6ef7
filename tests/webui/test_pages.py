"""Roles, languages, headers, errors and health of the pages."""

import logging
import re

import pytest
from flask.testing import FlaskClient

from controller.capabilities.accounts import tokens
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.members import members
from controller.capabilities.members.shapes import Category, Guardian, NewMember
from controller.kernel.actor import Actor, Permission
from controller.kernel.database import Database
from controller.kernel.errors import NotFound
from tests.webui.conftest import NOW, SITE, sign_in, token_of


def test_nothing_is_read_without_signing_in(client: FlaskClient) -> None:
    for page in ("/", "/members", "/members/x"):
        assert client.get(page).status_code == 302
        assert client.get(page, headers={"HX-Request": "true"}).status_code == 401
    assert client.get("/live").status_code == 401
    assert client.get("/bench").status_code == 404, "there is no bench without simulated hardware"


def test_the_stream_is_for_those_who_may_see_live(client: FlaskClient) -> None:
    sign_in(client, "dpo")
    assert client.get("/live").status_code == 403
    client.delete_cookie("loquet")
    sign_in(client, "desk")
    answer = client.get("/live", buffered=False)
    assert answer.mimetype == "text/event-stream"
    assert next(iter(answer.response)) == b"retry: 2000\n\n"
    answer.close()


def test_a_program_follows_with_its_token(client: FlaskClient, database: Database) -> None:
    with database.write() as db:
        account = db.query(AccountRow).filter_by(login="desk@example.org").one()
        _, secret = tokens.add(
            db, account.id, "sign", [Permission.LIVE_READ], NOW, Actor.system("test")
        )
    wrong = client.get("/live", headers={"Authorization": "Bearer wrong"})
    assert wrong.status_code == 401
    answer = client.get("/live", headers={"Authorization": f"Bearer {secret}"}, buffered=False)
    assert answer.status_code == 200
    answer.close()


def test_the_rail_calls_a_member_by_name(client: FlaskClient, database: Database) -> None:
    def called() -> list[str]:
        page = client.get("/").get_data(as_text=True)
        return re.findall(r'class="who".*?</span>([^<]+)</span>', page)

    sign_in(client, "desk")
    assert called() == ["desk"]
    with database.write() as db:
        new = NewMember(display_name="Mathilde Fontaine", site_id=SITE)
        made = members.create(db, new, actor=Actor.system("test"), now=NOW)
        db.query(AccountRow).filter_by(login="desk@example.org").one().member_id = made.id
    assert called() == ["Mathilde Fontaine"]


def test_language_of_the_browser_then_of_the_account_then_of_the_switch(
    client: FlaskClient,
) -> None:
    english = {"Accept-Language": "en-GB,en;q=0.9"}
    assert 'lang="en"' in client.get("/sign-in", headers=english).get_data(as_text=True)
    assert 'lang="fr"' in client.get("/sign-in", headers={"Accept-Language": "de"}).get_data(
        as_text=True
    )
    sign_in(client, "desk")
    assert 'lang="fr"' in client.get("/", headers=english).get_data(as_text=True)
    data = {"csrf_token": token_of(client), "language": "en", "next": "/members?q=a"}
    assert client.post("/language", data=data).headers["Location"] == "/members?q=a"
    assert 'lang="en"' in client.get("/").get_data(as_text=True)


def test_the_policy_allows_nothing_inline_and_the_pages_have_nothing_inline(
    client: FlaskClient,
) -> None:
    sign_in(client, "manager")
    for page in ("/", "/members", "/nothing"):
        answer = client.get(page)
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "script-src 'self'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        text = answer.get_data(as_text=True)
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", text)
        assert not re.search(r'hx-on|="js:|="javascript:|hx-trigger="[^"]*\[', text), "evaluated"
        assert not re.search(r'(?:src|href)="(?:https?:)?//', text), "nothing from outside"


def test_static_files_are_kept_for_long_under_their_fingerprint(client: FlaskClient) -> None:
    text = client.get("/sign-in").get_data(as_text=True)
    found = re.search(r'href="(/static/css/all.css\?v=[0-9a-f]{12})"', text)
    assert found
    with client.get(found[1]) as file:
        assert "max-age=31536000" in file.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [("/nothing", 404, "Page introuvable"), ("/health/live/x", 404, "Page introuvable")],
)
def test_errors_are_pages_in_words(client: FlaskClient, path: str, status: int, words: str) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert words in answer.get_data(as_text=True)
    assert 'id="lost"' not in answer.get_data(as_text=True)
    sign_in(client, "desk")
    assert '<form class="line" action="/find"' in client.get(path).get_data(as_text=True)


@pytest.mark.parametrize(("asked", "level"), [("laser%0Aforged", "INFO"), ("other", "WARNING")])
def test_what_is_not_there_is_a_page_and_a_fault_of_ours_where_nobody_asked_for_it(
    client: FlaskClient, caplog: pytest.LogCaptureFixture, asked: str, level: str
) -> None:
    def show(thing: str) -> str:
        raise NotFound("access point", "laser\nforged")

    client.application.add_url_rule("/trial/<thing>", view_func=show)
    caplog.set_level(logging.INFO, "webui.errors")
    answer = client.get(f"/trial/{asked}")
    assert answer.status_code == 404
    assert "Page introuvable" in answer.get_data(as_text=True)
    (told,) = caplog.records
    assert (told.levelname, "\n" in told.getMessage()) == (level, False)


def test_errors_of_the_api_are_problems(client: FlaskClient) -> None:
    answer = client.get("/api/v1/nothing")
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_what_was_not_foreseen_is_logged_and_told_plainly(
    client: FlaskClient, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    sign_in(client, "manager")
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE agent_state")
    answer = client.get("/")
    assert answer.status_code == 500
    assert "Un problème est survenu" in answer.get_data(as_text=True)
    assert "agent_state" not in answer.get_data(as_text=True)
    assert "agent_state" in caplog.text


def test_the_icon_answers_to_the_name_by_which_browsers_ask_for_it(client: FlaskClient) -> None:
    """Beside an answer that is no page, such as JSON, which cannot link it."""
    with client.get("/favicon.ico", follow_redirects=True) as answer:
        assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")


def test_health(client: FlaskClient, database: Database) -> None:
    assert client.get("/health/live").get_json() == {"status": "ok"}
    ready = client.get("/health/ready").get_json()
    assert ready == {"status": "ok", "authority": None, "jobs": [], "readers": []}
    database.engine.dispose()
    file = str(database.engine.url.database)
    with open(file, "wb") as broken:
        broken.write(b"not a database" * 1000)
    answer = client.get("/health/ready")
    assert answer.status_code == 503


def test_an_unknown_member_is_not_found(client: FlaskClient) -> None:
    sign_in(client, "manager")
    assert client.get("/members/nobody").status_code == 404


@pytest.mark.parametrize(("role", "told"), [("desk", True), ("trainer", False)])
def test_the_desk_sees_whom_to_call_for_a_minor(
    client: FlaskClient, database: Database, role: str, told: bool
) -> None:
    guardian = Guardian(name="Ana Roy", phone="+33 6 12 34 56 78")
    new = NewMember(display_name="Léo Roy", categories=(Category.MINOR,), guardian=guardian)
    with database.write() as db:
        leo = members.create(db, new, actor=Actor.system("test"), now=NOW)
    sign_in(client, role)
    text = client.get(f"/members/{leo.id}").get_data(as_text=True)
    assert "Léo Roy" in text
    assert ("Ana Roy, +33 6 12 34 56 78" in text) is told


def test_a_minor_with_nobody_to_call_is_told(client: FlaskClient, database: Database) -> None:
    new = NewMember(display_name="Léo Roy", categories=(Category.MINOR,))
    with database.write() as db:
        leo = members.create(db, new, actor=Actor.system("test"), now=NOW)
    sign_in(client, "desk")
    assert "qui appeler pour ce mineur" in client.get(f"/members/{leo.id}").get_data(as_text=True)
