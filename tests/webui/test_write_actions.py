"""An act of a page is one transaction; what its service refuses ends the request with an answer."""

import pytest
from flask import redirect
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from controller.kernel.models import AuditEntry
from tests.support.clock import Clock
from tests.webui.conftest import make_app, sign_in
from tests.webui.training.at_session import plain
from webui.undo import flash_done
from webui.write_actions import answer_errors, write_action

ERRORS = {
    "conflict": Conflict("it is taken"),
    "invalid": Invalid.of("name", "it is empty"),
    "not-there": NotFound("thing", "not-there"),
    "not-allowed": Forbidden("only a manager"),
}


def view(how: str) -> ResponseReturnValue:
    back = redirect("/badges", 303)
    with (
        answer_errors(Invalid, lambda error: (f"{error.errors[0].field} is wrong", 422)),
        write_action((Conflict, Stale), lambda error: f"Refused: {error}", back) as (db, now),
    ):
        audit.record(db, Actor.system("test"), now, "tried", "thing:1")
        if how in ERRORS:
            raise ERRORS[how]
    flash_done("Well done.")
    return back


@pytest.fixture
def browser(database: Database, clock: Clock) -> FlaskClient:
    app = make_app(database, clock)
    app.add_url_rule("/tried/<how>", view_func=view)
    client = app.test_client()
    sign_in(client, "manager")
    return client


def tried(database: Database) -> int:
    with database.read() as db:
        return len(db.scalars(select(AuditEntry).where(AuditEntry.action == "tried")).all())


def test_what_was_done_is_said_once_it_is_kept(browser: FlaskClient, database: Database) -> None:
    answer = browser.get("/tried/well")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/badges")
    assert "Well done." in plain(browser.get("/desk"))
    assert tried(database) == 1


@pytest.mark.parametrize(
    ("how", "status", "text"),
    [
        ("invalid", 422, "name is wrong"),
        ("not-there", 404, "Page introuvable"),
        ("not-allowed", 403, "Vous n’avez pas accès à cette page"),
    ],
)
def test_a_refusal_is_the_answer_and_nothing_is_kept(
    browser: FlaskClient, database: Database, how: str, status: int, text: str
) -> None:
    answer = browser.get(f"/tried/{how}")
    assert (answer.status_code, text in plain(answer)) == (status, True)
    assert tried(database) == 0


def test_why_not_is_said_where_it_leads(browser: FlaskClient, database: Database) -> None:
    answer = browser.get("/tried/conflict")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/badges")
    page = plain(browser.get("/desk"))
    assert "Refused: it is taken" in page
    assert "Well done." not in page
    assert tried(database) == 0
