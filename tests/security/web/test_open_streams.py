"""An open `/live` ends with the right to it, and nobody holds them all."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from queue import Empty, Queue
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from controller.capabilities.accounts import accounts, tokens
from controller.capabilities.accounts.models import AccountRow
from controller.kernel.actor import Role
from controller.kernel.database import Database
from tests.security.web.conftest import SYSTEM, Token, bearer
from tests.security.web.signed_out import leave, signed_in
from tests.webui.conftest import SITE, sign_in
from webui.live.broadcast import STREAMS_EACH

WITHIN_S = 5.0


class Followed:
    """A stream that is read in a thread of its own until it ends."""

    def __init__(self, answer: Any) -> None:
        assert answer.status_code == 200
        self._answer, self._ended = answer, Queue[None]()
        self._frames = iter(answer.response)
        assert next(self._frames).startswith(b"retry:")
        assert next(self._frames).startswith(b"event: start")
        Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for _ in self._frames:
            pass
        self._ended.put(None)

    def ends(self, timeout_s: float = WITHIN_S) -> bool:
        with suppress(Empty):
            self._ended.get(timeout=timeout_s)
            return True
        return False


def account_of(database: Database, role: str) -> str:
    with database.read() as db:
        return db.scalars(select(AccountRow.id).where(AccountRow.login.like(f"{role}@%"))).one()


def test_a_revoked_tokens_stream_ends(app: Flask, database: Database, token: Token) -> None:
    key, secret = token("manager")
    _, other = token("manager")
    mine, others = (
        Followed(app.test_client().get("/live", headers=bearer(name), buffered=False))
        for name in (secret, other)
    )
    with database.write() as db:
        tokens.revoke(db, key, actor=SYSTEM, now=app.extensions["loquet"].clock())
    assert mine.ends()
    assert not others.ends(0.5)


def _sign_out(app: Flask, client: Any) -> None:
    leave(client, "/sign-out")


def _sign_out_everywhere(app: Flask, client: Any) -> None:
    other = app.test_client()
    sign_in(other, "manager")
    leave(other, "/sign-out-everywhere")


def _suspend(app: Flask, client: Any) -> None:
    given = app.extensions["loquet"]
    with given.database.write() as db:
        row = db.get_one(AccountRow, account_of(given.database, "manager"))
        row.disabled_at = given.clock()


def _take_the_role(app: Flask, client: Any) -> None:
    given = app.extensions["loquet"]
    key, member = account_of(given.database, "manager"), {SITE: frozenset({Role.MEMBER})}
    with given.database.write() as db:
        accounts.set_roles(db, key, member, actor=SYSTEM, now=given.clock())


@pytest.mark.parametrize("end", [_sign_out, _sign_out_everywhere, _suspend, _take_the_role])
def test_a_sessions_stream_ends_with_it(app: Flask, end: Callable[[Flask, Any], None]) -> None:
    client, desk = signed_in(app), signed_in(app, "desk")
    mine = Followed(client.get("/live", buffered=False))
    others = Followed(desk.get("/live", buffered=False))
    end(app, client)
    assert mine.ends()
    assert not others.ends(0.5)


def test_a_stream_goes_on_while_the_right_does(app: Flask, token: Token) -> None:
    client = app.test_client()
    one = Followed(client.get("/live", headers=bearer(token("desk")[1]), buffered=False))
    assert not one.ends(3.0)


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def test_an_account_has_so_many_streams_by_whichever_tokens_and_browsers(
    app: Flask, token: Token, opened: ExitStack
) -> None:
    secret = token("manager")[1]

    def ask(headers: dict[str, str], client: Any) -> Any:
        return opened.enter_context(client.get("/live", headers=headers, buffered=False))

    program, browser = app.test_client(), signed_in(app)
    asked = [(bearer(secret), program), ({}, browser)] * STREAMS_EACH
    found = [ask(*pair) for pair in asked[: STREAMS_EACH + 2]]
    assert [answer.status_code for answer in found] == [200] * STREAMS_EACH + [429] * 2
    for item in found[-2:]:
        assert int(item.headers["Retry-After"]) > 0
        assert str(STREAMS_EACH) in item.get_data(as_text=True)
    found[0].close()
    assert ask(bearer(secret), program).status_code == 200, "one was closed"
    assert ask(bearer(token("desk")[1]), program).status_code == 200


def test_asking_for_streams_counts_as_a_tokens_requests(app: Flask, database: Database) -> None:
    with database.write() as db:
        key = db.scalars(select(AccountRow.id).where(AccountRow.login.like("desk@%"))).one()
        made = tokens.add(
            db, key, "t", ["live:read"], app.extensions["loquet"].clock(), SYSTEM, per_minute=3
        )
    client, found = app.test_client(), []
    for _ in range(4):
        with client.get("/live", headers=bearer(made[1]), buffered=False) as answer:
            found.append(answer.status_code)
    assert found == [200, 200, 200, 429]
