"""No page or list asks the database once more for each row: as often of ten as of a thousand."""

from flask.testing import FlaskClient

from controller.assembly import HOUSE
from controller.capabilities.accounts import tokens
from controller.capabilities.accounts.models import AccountRow
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from tests.support.clock import Clock
from tests.support.statements import counted
from tests.webui.conftest import NOW, make_app, sign_in
from tests.webui.statements import FEW, MANY, NOT_ASKED, fill

LIMIT = 500
APART = 2
"""Statements by which both may differ: a list that goes on may ask whether it does."""
LISTS = ("members", "credentials", "events", "sessions", "alarms", "presence", "handover-notes")


def test_as_many_statements_for_a_thousand_rows_as_for_ten(database: Database) -> None:
    app = make_app(database, Clock(NOW))
    client = app.test_client()
    assert sign_in(client, "admin") == 303
    addresses = sorted(
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.arguments
        if not rule.rule.startswith(NOT_ASKED)
    )
    addresses.append("/members?q=some")
    token = token_of_admin(database)
    fill(database, FEW)
    few = {address: asked(database, client, address, token) for address in addresses}
    fill(database, MANY - FEW)
    many = {address: asked(database, client, address, token) for address in addresses}
    answered = {path for path, (_, length) in many.items() if length > few[path][1] + 1000}
    assert {"/members", *(f"/api/v1/{path}" for path in LISTS)} <= answered
    more = {address: (few[address][0], many[address][0]) for address in addresses}
    assert {path: pair for path, pair in more.items() if pair[1] > pair[0] + APART} == {}


def asked(database: Database, client: FlaskClient, address: str, token: str) -> tuple[int, int]:
    """How many statements the answer takes, and its length."""
    headers = {"Authorization": f"Bearer {token}"} if address.startswith("/api") else {}
    with counted(database) as statements:
        answer = client.get(f"{address}{_and(address)}limit={LIMIT}", headers=headers)
    if answer.status_code == 422:  # it is no list
        with counted(database) as statements:
            answer = client.get(address, headers=headers)
    return len(statements), len(answer.get_data())


def _and(address: str) -> str:
    return "&" if "?" in address else "?"


def token_of_admin(database: Database) -> str:
    """A token that may do whatever there is to do."""
    with database.write() as db:
        account = db.query(AccountRow).filter_by(login="admin@example.org").one()
        scopes = list(HOUSE.permissions)
        return tokens.add(db, account.id, "all", scopes, NOW, Actor.system("test"))[1]
