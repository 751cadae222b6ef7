"""A login is slowed down wherever it is guessed, and never at a device that has signed in."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from controller.kernel.database import Database
from tests.support.clock import Clock
from tests.webui.accounts.me import code_of, with_telephone
from tests.webui.accounts.reauthentication import later, revoke
from tests.webui.conftest import PASSWORD, any_database, make_app, token_of
from tests.webui.limits import Clock as Monotonic
from webui.accounts.signin import TRIES, SignInLimits
from webui.context import context
from webui.limits import ADDRESS_INTERVAL_S, FREE_TRIES, KEY_INTERVAL_S

__all__ = ["any_database"]

MANAGER = "manager@example.org"
NEW = "another correct horse"
WRONG = "guess"
COOKIE = "loquet-device"


class World:
    """One application, and its clocks."""

    def __init__(self, app: Flask, clock: Clock) -> None:
        self.app, self.clock, self.monotonic = app, clock, Monotonic()
        with app.app_context():
            app.extensions["sign-in tries"] = SignInLimits(context().live, self.monotonic)

    def tried(
        self,
        address: str,
        password: str = WRONG,
        client: FlaskClient | None = None,
        login: str = MANAGER,
    ) -> int:
        """The status of one try; 303: signed in."""
        browser = client or self.app.test_client()
        data = {"csrf_token": token_of(browser), "login": login, "password": password}
        headers = {"X-Forwarded-For": address}
        return browser.post("/sign-in", data=data, headers=headers).status_code

    def guess_everywhere(self, login: str = MANAGER) -> None:
        """A stranger with many addresses, until it is slowed down."""
        for number in range(FREE_TRIES + 1):
            assert self.tried(f"203.0.113.{number}", login=login) == 422

    def known(self) -> FlaskClient:
        """A browser that has signed in before, and out again."""
        browser = self.app.test_client()
        assert self.tried("198.51.100.1", PASSWORD, browser) == 303
        browser.post("/sign-out", data={"csrf_token": token_of(browser)})
        return browser


@pytest.fixture
def world(any_database: Database, clock: Clock) -> Iterator[World]:
    app = make_app(any_database, clock, proxies=1)
    yield World(app, clock)
    app.extensions["broadcast"].close()


def test_a_stranger_with_many_addresses_is_slowed_down_and_its_owner_is_not_locked_out(
    world: World,
) -> None:
    mine = world.known()
    world.guess_everywhere()
    assert world.tried("192.0.2.1") == 429
    assert world.tried("203.0.113.1", PASSWORD, mine) == 303, "a known device, wherever it is"
    assert world.tried("198.51.100.7", PASSWORD, login="desk@example.org") == 303
    assert world.tried("198.51.100.7", PASSWORD) == 429
    world.monotonic.now += KEY_INTERVAL_S
    assert world.tried("203.0.113.20") == 429, "who has just had a turn waits longer"
    assert world.tried("198.51.100.7", PASSWORD) == 303, "elsewhere its owner waits ten seconds"
    assert ADDRESS_INTERVAL_S > KEY_INTERVAL_S


def test_a_login_that_nobody_has_is_slowed_down_the_same(world: World) -> None:
    world.guess_everywhere("nobody@example.org")
    assert world.tried("192.0.2.1", login="nobody@example.org") == 429


def test_a_stranger_at_the_same_address_keeps_no_known_device_waiting(world: World) -> None:
    mine = world.known()
    for _ in range(TRIES + 1):
        world.tried("198.51.100.1")
    assert world.tried("198.51.100.1", PASSWORD) == 429
    assert world.tried("198.51.100.1", PASSWORD, mine) == 303


def test_a_known_device_guesses_no_more_than_others(world: World) -> None:
    thief = world.known()
    for _ in range(TRIES):
        assert world.tried("203.0.113.5", client=thief) == 422
    assert world.tried("203.0.113.6", PASSWORD, thief) == 429


@pytest.mark.parametrize("end", ["everywhere", "others", "password"])
def test_what_ends_all_sessions_makes_strangers_of_all_devices(world: World, end: str) -> None:
    old, other = world.known(), world.app.test_client()
    assert world.tried("198.51.100.2", PASSWORD, other) == 303
    token = {"csrf_token": token_of(other)}
    if end == "everywhere":
        assert other.post("/sign-out-everywhere", data=token).status_code == 303
    elif end == "others":
        assert other.post("/me/sessions/end-others", data=token).status_code == 303
    else:
        new = {"old": PASSWORD, "new": NEW}
        assert other.post("/me/password", data=token | new).status_code == 303
    world.guess_everywhere()
    password = NEW if end == "password" else PASSWORD
    assert world.tried("198.51.100.1", password, old) == 429
    expected = 429 if end == "everywhere" else 303
    other.post("/sign-out", data={"csrf_token": token_of(other)})
    assert world.tried("198.51.100.2", password, other) == expected


def test_a_cookie_that_is_forged_or_of_another_account_or_too_old_is_no_known_device(
    world: World,
) -> None:
    mine = world.known()
    cookie = mine.get_cookie(COOKIE)
    assert cookie is not None
    assert (cookie.http_only, cookie.same_site, cookie.path) == (True, "Lax", "/")
    desk = world.app.test_client()
    assert world.tried("198.51.100.3", PASSWORD, desk, "desk@example.org") == 303
    desk.post("/sign-out", data={"csrf_token": token_of(desk)})
    world.guess_everywhere()
    assert world.tried("198.51.100.3", PASSWORD, desk) == 429
    forged = world.app.test_client()
    forged.set_cookie(COOKIE, cookie.value[:-2] + "AA")
    assert world.tried("198.51.100.4", PASSWORD, forged) == 429
    world.clock.forward(days=181)
    assert world.tried("198.51.100.1", PASSWORD, mine) == 429


def test_who_has_stolen_a_password_keeps_its_owner_from_no_second_factor(world: World) -> None:
    mine = world.app.test_client()
    assert world.tried("198.51.100.1", PASSWORD, mine) == 303
    seed, _ = with_telephone(mine, world.clock)
    mine.post("/sign-out", data={"csrf_token": token_of(mine)})
    thief = world.app.test_client()
    assert world.tried("203.0.113.1", PASSWORD, thief) == 303
    for _ in range(TRIES):
        assert code(thief, "000000") == 422
    assert code(thief, code_of(seed, world.clock)) == 429
    assert world.tried("198.51.100.1", PASSWORD, mine) == 303
    assert code(mine, code_of(seed, world.clock)) == 303


def code(client: FlaskClient, text: str) -> int:
    data = {"csrf_token": token_of(client), "code": text}
    return client.post("/sign-in/code", data=data).status_code


def test_guesses_in_another_browser_keep_its_owner_from_no_reauthentication(world: World) -> None:
    mine, thief = world.app.test_client(), world.app.test_client()
    for browser in (mine, thief):
        assert world.tried("198.51.100.1", PASSWORD, browser) == 303
    later(world.clock)
    for _ in range(TRIES):
        assert revoke(thief, token_of(thief), proof_password="guess") == 403
    assert revoke(thief, token_of(thief), proof_password=PASSWORD) == 429
    assert revoke(mine, token_of(mine), proof_password=PASSWORD) == 404
