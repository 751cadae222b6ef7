"""A token, or an address without one, asks so often in a minute and then waits to the next."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from controller.assembly import HOUSE
from controller.capabilities.accounts import tokens
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.machines import access_points
from controller.capabilities.machines.shapes import NewAccessPoint
from controller.capabilities.user_reports import report_codes
from controller.capabilities.user_reports.shapes import NewTellCode
from controller.domain.facts import PointKind
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.kernel.errors import Forbidden
from controller.kernel.shapes import Label
from controller.live import EMBEDDED, Live
from tests.support.clock import Clock
from tests.support.valkey import PROGRAM
from tests.webui.conftest import NOW, make_app
from webui.limits import seconds_to_wait
from webui.user_reports.api import LOOK_PER_MINUTE, TELL_PER_MINUTE

SYSTEM = Actor.system("test")
Tokens = Callable[[int], str]


@pytest.fixture
def secret(database: Database) -> Tokens:
    def make(per_minute: int) -> str:
        with database.write() as db:
            admin = db.scalars(select(AccountRow.id).where(AccountRow.login.like("admin%"))).one()
            new = tokens.add(
                db, admin, "x", frozenset(HOUSE.permissions), NOW, SYSTEM, per_minute=per_minute
            )
            return new[1]

    return make


def ask(client: FlaskClient, token: str) -> int:
    """The status of one request with a token."""
    return client.get("/api/v1/zones", headers={"Authorization": f"Bearer {token}"}).status_code


def test_a_token_waits_for_the_next_minute(
    client: FlaskClient, clock: Clock, secret: Tokens
) -> None:
    clock.now = Utc.parse("2026-11-24T13:00:20.000Z")
    mine, other = secret(3), secret(3)
    assert [ask(client, mine) for _ in range(4)] == [200, 200, 200, 429]
    answer = client.get("/api/v1/zones", headers={"Authorization": f"Bearer {mine}"})
    assert answer.headers["Retry-After"] == "40"
    assert answer.content_type == "application/problem+json"
    assert answer.get_json()["status"] == 429
    assert "more than 3 requests" in answer.get_json()["detail"]
    assert ask(client, other) == 200
    clock.now = Utc.of(clock.now + timedelta(seconds=40))
    assert ask(client, mine) == 200


def test_a_token_makes_none_that_may_ask_more_often(
    client: FlaskClient, database: Database, secret: Tokens
) -> None:
    headers = {"Authorization": f"Bearer {secret(100)}"}
    same = {"name": "a", "scopes": ["rules:read"], "per_minute": 100}
    assert client.post("/api/v1/tokens", headers=headers, json=same).status_code == 201
    more = same | {"per_minute": 101}
    assert client.post("/api/v1/tokens", headers=headers, json=more).status_code == 403
    listed = client.get("/api/v1/tokens", headers=headers).get_json()["items"]
    assert sorted(item["per_minute"] for item in listed) == [100, 100]
    with database.write() as db:
        admin = db.scalars(select(AccountRow.id).where(AccountRow.login.like("admin%"))).one()
        actor = Actor(ref="token:x", account_id=admin, per_minute=10)
        with pytest.raises(Forbidden, match="requests a minute"):
            tokens.add(db, admin, "y", (), NOW, actor)


def test_an_address_without_an_account_tells_only_so_much(
    client: FlaskClient, database: Database
) -> None:
    with database.write() as db:
        saw = NewAccessPoint(id="saw", kind=PointKind.MACHINE, name=Label(en="Saw"))
        access_points.create(db, saw, actor=SYSTEM, now=NOW)
        code = report_codes.create(db, NewTellCode(access_point="saw"), actor=SYSTEM, now=NOW).code
    said = {"kind": "fault", "text": "It squeals"}
    found = [
        client.post(f"/api/v1/tell/{code}", json=said).status_code
        for _ in range(TELL_PER_MINUTE + 1)
    ]
    assert found == [201] * TELL_PER_MINUTE + [429]
    assert client.get(f"/api/v1/tell/{code}").get_json()["thing"] == {"en": "Saw"}


def test_who_guesses_codes_has_one_limit_for_all_of_them(client: FlaskClient) -> None:
    found = [
        client.get(f"/api/v1/tell/guess{number}").status_code
        for number in range(LOOK_PER_MINUTE + 1)
    ]
    assert found == [404] * LOOK_PER_MINUTE + [429]


@pytest.fixture(params=[EMBEDDED, pytest.param("valkey", marks=pytest.mark.needs(PROGRAM))])
def url(request: pytest.FixtureRequest) -> str:
    """Where requests are counted: in this process, or in a real Valkey."""
    if request.param == EMBEDDED:
        return EMBEDDED
    found: str = request.getfixturevalue("valkey_url")
    return found


@pytest.fixture
def live(url: str) -> Iterator[Live]:
    live = Live(url)
    yield live
    live.close()


def test_requests_are_counted_by_who_asks_and_by_minute(live: Live) -> None:
    at = Utc.parse("2026-11-24T13:00:59.500Z")
    assert [seconds_to_wait(live, "a", 2, at) for _ in range(3)] == [0, 0, 1]
    assert seconds_to_wait(live, "b", 2, at) == 0
    later = Utc.parse("2026-11-24T13:01:00.000Z")
    assert [seconds_to_wait(live, "a", 2, later) for _ in range(3)] == [0, 0, 60]


@pytest.mark.needs(PROGRAM)
def test_all_processes_share_the_count(valkey_url: str) -> None:
    one, other = Live(valkey_url), Live(valkey_url)
    assert [seconds_to_wait(live, "a", 2, NOW) for live in (one, other, one)] == [0, 0, 60]
    one.close()
    other.close()


def test_nobody_waits_while_redis_is_away(database: Database, clock: Clock, secret: Tokens) -> None:
    live = Live("unix:///nowhere/v.sock")
    assert [seconds_to_wait(live, "a", 1, NOW) for _ in range(3)] == [0, 0, 0]
    assert live.count("k", 60) is None
    assert ask(make_app(database, clock).test_client(), secret(1)) == 200
