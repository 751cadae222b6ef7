"""A copied cookie is worth nothing once its owner has signed out, or has another password."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from controller.capabilities.accounts import accounts
from controller.capabilities.accounts.models import AccountRow
from controller.kernel.database import Database
from tests.security.web.conftest import SYSTEM
from tests.security.web.signed_out import leave, signed_in
from tests.support.clock import Clock


def copy_of(app: Flask, client: FlaskClient) -> FlaskClient:
    """Another browser, with the first one's cookie."""
    cookie = client.get_cookie("loquet")
    assert cookie is not None
    thief = app.test_client()
    thief.set_cookie("loquet", cookie.value)
    return thief


def test_signing_out_leaves_no_copied_cookie_valid(app: Flask) -> None:
    mine, other = signed_in(app), signed_in(app)
    thief = copy_of(app, mine)
    assert thief.get("/").status_code == 200
    leave(mine, "/sign-out")
    assert thief.get("/").status_code == 302
    assert other.get("/").status_code == 200, "another browser's session is its own"


def test_signing_out_everywhere_ends_every_browser(app: Flask) -> None:
    mine, other, desk = signed_in(app), signed_in(app), signed_in(app, "desk")
    leave(mine, "/sign-out-everywhere")
    assert [client.get("/").status_code for client in (mine, other, desk)] == [302, 302, 200]


@pytest.mark.parametrize("what", ["password", "disabled"])
def test_a_new_password_and_a_closed_account_end_every_session(
    app: Flask, database: Database, clock: Clock, what: str
) -> None:
    """In the very millisecond in which it began, too."""
    mine = signed_in(app)
    thief = copy_of(app, mine)
    with database.write() as db:
        row = db.scalars(select(AccountRow).where(AccountRow.login.like("manager@%"))).one()
        if what == "password":
            accounts.set_password(db, row.id, "battery staple", actor=SYSTEM, now=clock.now)
        else:
            accounts.close(db, row, actor=SYSTEM, now=clock.now)
    assert [client.get("/").status_code for client in (mine, thief)] == [302, 302]
