"""A token that only reads changes nothing, not even in its owner's name."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from controller.capabilities.accounts import tokens
from controller.capabilities.accounts.models import AccountRow
from controller.kernel.actor import Actor, Permission
from controller.kernel.database import Database
from tests.webui.conftest import NOW

OWN_ACTIONS = (
    ("POST", "/bookings"),
    ("PATCH", "/bookings/x"),
    ("POST", "/bookings/x/cancel"),
    ("POST", "/course-sessions/x/enrolments"),
    ("DELETE", "/course-sessions/x/enrolments/y"),
    ("PUT", "/members/x/works-for"),
    ("POST", "/windows"),
    ("POST", "/windows/x/close"),
    ("POST", "/reports-by-users"),
    ("POST", "/maintenance/x/done"),
    ("POST", "/tokens"),
)


def token(database: Database, *scopes: Permission) -> str:
    with database.write() as db:
        admin = db.scalars(select(AccountRow.id).where(AccountRow.login.like("admin%"))).one()
        return tokens.add(db, admin, "x", scopes, NOW, Actor.system("test"))[1]


@pytest.mark.parametrize(("method", "path"), OWN_ACTIONS)
def test_reading_the_rules_is_not_acting(
    client: FlaskClient, database: Database, method: str, path: str
) -> None:
    def ask(*scopes: Permission) -> int:
        headers = {"Authorization": f"Bearer {token(database, *scopes)}", "If-Match": '"1"'}
        answer = client.open(f"/api/v1{path}", method=method, json={"colour": 1}, headers=headers)
        return answer.status_code

    assert ask(Permission.RULES_READ) == 403
    assert ask(Permission.RULES_READ, Permission.OWN_WRITE) in (404, 422)
