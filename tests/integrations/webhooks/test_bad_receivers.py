"""Receivers that mean harm, or are merely broken: each is told as it can be, and harms no other."""

import json
import socket
from http.client import HTTPException
from typing import Any

import pytest

from controller.integrations.webhooks import queue, target, webhooks
from controller.integrations.webhooks.sender import Sender
from controller.integrations.webhooks.shapes import NewWebhook
from controller.kernel.database import Database, wall_clock
from controller.kernel.errors import Invalid
from controller.kernel.fair_dispatch import FAILURES_ALLOWED
from controller.kernel.total_timeout import TookTooLong, limit_time
from controller.kernel.validate import parse
from tests.integrations.webhooks.bad_receivers import INTERIM, LONG, saying
from tests.integrations.webhooks.conftest import SYSTEM, Receiver, make
from tests.integrations.webhooks.webhooks import answered, change, deliveries
from tests.support.clock import Clock
from tests.support.until import until

MANY = 12


def post(url: str) -> int:
    return target.resolve(url, allow_private=True).post(b"{}", {})


def test_one_that_fails_is_left_alone_for_a_while_and_then_told_all_in_order(
    database: Database, receiver: Receiver, sender: Sender, clock: Clock
) -> None:
    made = make(database, receiver.url, "member")
    receiver.statuses = [500]
    told = [change(database, f"Zoé {n}") for n in range(MANY)]
    until(lambda: len(deliveries(database, made.id)) == MANY, "not all put down")
    receiver.wait(FAILURES_ALLOWED + 1)
    until(lambda: made.id in sender.paused(), "it is tried on and on")
    with database.read() as db:
        assert queue.is_due(db, frozenset(), clock.now)
        assert not queue.is_due(db, sender.paused(), clock.now)
    assert len(receiver.got) == FAILURES_ALLOWED + 1
    receiver.statuses = [204]
    clock.forward(seconds=1.1)
    sender.wake()
    receiver.wait(MANY - FAILURES_ALLOWED - 1)
    came = [json.loads(message.body)["data"]["id"] for message in receiver.got]
    assert came == told


def test_a_clock_that_was_set_back_leaves_nobody_alone_for_long(
    database: Database, receiver: Receiver, sender: Sender, clock: Clock
) -> None:
    made = make(database, receiver.url, "member")
    receiver.statuses = [500]
    for n in range(FAILURES_ALLOWED + 1):
        change(database, f"Zoé {n}")
    until(lambda: made.id in sender.paused(), "it is tried on and on")
    clock.forward(hours=-2)
    assert made.id not in sender.paused()


def test_an_answer_without_an_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target, "POST_TIMEOUT_S", 0.3)
    with saying(INTERIM, again=True) as url, pytest.raises(TookTooLong, match="took longer"):
        post(url)
    with (
        saying(b"HTTP/1.1 200 OK\r\n", b"x-more: x\r\n", again=True) as url,
        pytest.raises((OSError, HTTPException)),
    ):
        post(url)


def test_a_long_answer_is_not_read() -> None:
    with saying(LONG) as url:
        assert post(url) == 200


def test_one_that_is_cut_off_is_told_again(
    database: Database, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(target, "POST_TIMEOUT_S", 0.3)
    with saying(INTERIM, again=True) as url:
        made = make(database, url, "member")
        change(database)
        delivery = answered(database, made.id)
    assert "took longer" in (delivery.error or "")
    assert delivery.due_at is not None


@pytest.mark.parametrize(
    "url",
    [
        "https://hook.example/\r\nHost: elsewhere",
        "https://hook.example/\nx",
        "https://hook.example/ HTTP/1.1",
        "https://hook.example/\x00",
        "https://hook.example/é",
        "gopher://hook.example/",
        "file:///etc/passwd",
    ],
)
def test_nothing_but_an_address_is_one(url: str) -> None:
    with pytest.raises(Invalid):
        parse({"url": url}, NewWebhook)


def test_no_name_server_is_asked_while_a_transaction_is_open(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is slow would hold up whoever writes: with SQLite, everybody."""
    asked, real = [], socket.getaddrinfo

    def noting(host: str, *args: Any, **given: Any) -> Any:
        if not given.get("flags", 0) & socket.AI_NUMERICHOST:
            asked.append(host)
        return real(host, *args, **given)

    monkeypatch.setattr(socket, "getaddrinfo", noting)
    made = make(database, "https://hook.invalid/")
    with database.edit() as db:
        patch = {"url": "https://other.invalid/"}
        now = wall_clock()
        webhooks.change(
            db, made.id, patch, version=None, allow_private=False, actor=SYSTEM, now=now
        )
    assert asked == []


def test_there_is_room_for_so_many(database: Database) -> None:
    first = make(database, "https://hook.invalid/")
    for _ in range(webhooks.MAX_ENABLED - 1):
        make(database, "https://hook.invalid/")
    with pytest.raises(Invalid, match="at most"):
        make(database, "https://hook.invalid/")

    def enable(*, enabled: bool) -> None:
        with database.edit() as db:
            patch, now = {"enabled": enabled}, wall_clock()
            webhooks.change(
                db, first.id, patch, version=None, allow_private=True, actor=SYSTEM, now=now
            )

    enable(enabled=False)
    make(database, "https://hook.invalid/")
    with pytest.raises(Invalid, match="at most"):
        enable(enabled=True)


def test_an_address_of_ipv6_has_the_port_of_its_scheme() -> None:
    with limit_time(1.0) as line:
        found = target.resolve("https://[2606:4700::1111]/", allow_private=False)._connection(line)
    assert (found.host, found.port) == ("2606:4700::1111", 443)
