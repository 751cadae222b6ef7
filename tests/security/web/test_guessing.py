"""Guessing passwords is slowed down, however it is done, and locks nobody else out."""

import random
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask

from tests.webui.conftest import PASSWORD, token_of
from webui.accounts.signin import TRIES, TRIES_FROM_ADDRESS

WRONG = "guess"
THIEF, HOME = "203.0.113.7", "198.51.100.20"


def tried(app: Flask, login: str, password: str = WRONG, address: str = THIEF) -> int:
    """The status of one try from an address."""
    client = app.test_client()
    data = {"csrf_token": token_of(client), "login": login, "password": password}
    headers = {"X-Forwarded-For": address}
    return client.post("/sign-in", data=data, headers=headers).status_code


def test_of_48_tries_at_once_no_more_are_judged_than_the_limit(app: Flask) -> None:
    clients = [app.test_client() for _ in range(48)]
    forms = [
        {"csrf_token": token_of(client), "login": "manager@example.org", "password": "guess"}
        for client in clients
    ]
    ready = Barrier(48)

    def go(number: int) -> int:
        ready.wait()
        headers = {"X-Forwarded-For": THIEF}
        return clients[number].post("/sign-in", data=forms[number], headers=headers).status_code

    with ThreadPoolExecutor(48) as pool:
        found = list(pool.map(go, range(48)))
    assert (found.count(422), found.count(429)) == (TRIES, 48 - TRIES)


@pytest.mark.parametrize(
    "other",
    ["dEſk@example.org", "DESK@EXAMPLE.ORG", "\uff44esk@example.org", " desk@example.org\t"],
)
def test_another_spelling_gets_nobody_round_a_blocked_login(app: Flask, other: str) -> None:
    for _ in range(TRIES):
        assert tried(app, "desk@example.org") == 422
    assert tried(app, other, PASSWORD) == 429


def test_a_stranger_locks_nobody_out_by_her_login(app: Flask) -> None:
    for _ in range(TRIES + 2):
        tried(app, "desk@example.org")
    assert tried(app, "desk@example.org", PASSWORD) == 429
    assert tried(app, "desk@example.org", PASSWORD, HOME) == 303


def test_spraying_many_logins_from_one_address_is_stopped(app: Flask) -> None:
    for number in range(TRIES_FROM_ADDRESS):
        assert tried(app, f"{number}@example.org") == 422
    assert tried(app, "desk@example.org", PASSWORD) == 429
    assert tried(app, "desk@example.org", PASSWORD, HOME) == 303


def test_who_holds_a_whole_ipv6_network_is_one_address(app: Flask) -> None:
    dice = random.Random(9)
    for _ in range(TRIES):
        address = f"2001:db8:1:2:{dice.randrange(65536):x}::{dice.randrange(65536):x}"
        assert tried(app, "desk@example.org", address=address) == 422
    assert tried(app, "desk@example.org", PASSWORD, "2001:db8:1:2::1") == 429
    assert tried(app, "desk@example.org", PASSWORD, "2001:db8:1:3::1") == 303


def test_many_people_sign_in_from_one_address(app: Flask) -> None:
    for _ in range(TRIES_FROM_ADDRESS + 2):
        assert tried(app, "desk@example.org", PASSWORD) == 303


def test_who_must_wait_is_told_how_long(app: Flask) -> None:
    client = app.test_client()
    data = {"csrf_token": token_of(client), "login": "desk@example.org", "password": "guess"}
    for _ in range(TRIES):
        client.post("/sign-in", data=data)
    answer = client.post("/sign-in", data=data)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 300
