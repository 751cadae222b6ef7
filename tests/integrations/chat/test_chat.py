"""Alarms go through Apprise to a real HTTP receiver: once each, and again where it fails."""

import json
import logging
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from controller.capabilities.alarms.alarms import AlarmNews
from controller.capabilities.alarms.models import Alarm
from controller.capabilities.messages.models import MessageRow
from controller.domain.time import Utc
from controller.integrations.chat import notifiers, pinned_requests, queue, targets
from controller.integrations.chat.models import ChatDelivery, ChatTarget
from controller.kernel.database import Database
from controller.kernel.errors import Invalid
from controller.kernel.news import PostedNews
from controller.kernel.outbox import post_news
from tests.integrations.chat.chat import SECRET, URL, add, alarm, health, running
from tests.integrations.webhooks.bad_receivers import INTERIM, LONG, saying
from tests.integrations.webhooks.conftest import Receiver, Receiving
from tests.support.broker import Authority
from tests.support.clock import Clock
from tests.support.programs import free_port
from tests.support.until import until
from tests.webui.conftest import NOW, SITE, clock, database

__all__ = ["clock", "database"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiving() as found:
        yield found


def json_url(receiver: Receiver) -> str:
    return receiver.url.replace("http:", "json:").replace("?a=1", "")


def test_an_alarm_is_told_once_with_a_link_to_take_it(
    database: Database, clock: Clock, receiver: Receiver
) -> None:
    add(database, json_url(receiver))
    with running(database, clock):
        key = alarm(database)
        receiver.wait()
        with database.write() as db:  # the same is told of again
            post_news(db, AlarmNews(site=SITE, key=key))
        alarm(database, "fire")
        receiver.wait()
    bodies = [json.loads(message.body) for message in receiver.got]
    assert [body["title"] for body in bodies] == [
        "Porte forcée, box (La Fabrique)",
        "Alarme incendie, box (La Fabrique)",
    ]
    assert f"\n{URL}/s/{SITE}/chat/alarms/{key}" in bodies[0]["message"]


def test_what_is_not_grave_wakes_only_who_wants_everything(
    database: Database, clock: Clock, receiver: Receiver
) -> None:
    with Receiving() as other:
        add(database, json_url(receiver))
        add(database, json_url(other), only_grave=False)
        with running(database, clock):
            alarm(database, "door_held")
            other.wait()
            alarm(database)
            other.wait()
            receiver.wait()
    assert (len(receiver.got), len(other.got)) == (1, 2)


def test_one_that_fails_is_told_again_and_shown(
    database: Database, clock: Clock, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    receiver.statuses = [500, 200]
    url = json_url(receiver).replace("//", "//user:hunter22@")
    key = add(database, url)
    with running(database, clock) as sender:
        alarm(database)
        receiver.wait()
        until(lambda: health(database, key)[0] == 1, "it is shown")
        assert "500" in (health(database, key)[1] or "")
        clock.forward(seconds=6)
        sender.wake()
        receiver.wait()
        until(lambda: health(database, key) == (0, None), "it is well")
    assert "hunter22" not in caplog.text


def test_it_is_told_again_after_each_wait_and_then_no_more(database: Database) -> None:
    add(database, "json://127.0.0.1:9")
    key = alarm(database)
    with database.write() as db:
        told = PostedNews(
            site=SITE,
            position=1,
            at=NOW,
            feature="alarms",
            what="alarm",
            key=key,
            news=AlarmNews(site=SITE, key=key),
        )
        queue.enqueue(db, [told], NOW)
    now, waits_s = NOW, list[float]()
    while True:
        with database.write() as db:
            due = queue.take_due(db, targets.sealer(SECRET), frozenset(), now)
            if not due:
                break
            queue.record_answer(db, due[0], "connection refused", now=now)
            again = db.get_one(ChatDelivery, due[0].id).due_at
            if again is not None:
                waits_s.append((again - now).total_seconds())
                now = again
    assert waits_s == [*queue.WAITS_S]


def test_a_slow_one_holds_up_no_other(database: Database, clock: Clock, receiver: Receiver) -> None:
    receiver.may_answer.clear()
    with Receiving() as quick:
        for target in (receiver, quick):
            add(database, json_url(target))
        with running(database, clock):
            alarm(database)
            receiver.wait()
            for _ in range(3):
                alarm(database, "fire")
            quick.wait(4)
            assert len(receiver.got) == 1
            receiver.may_answer.set()


def test_an_address_that_can_not_be_read_holds_up_no_other(
    database: Database, clock: Clock, receiver: Receiver
) -> None:
    """Such as after the web's secret was changed; the target's page says so."""
    bad = add(database, json_url(receiver))
    add(database, json_url(receiver))
    with database.write() as db:
        db.get_one(ChatTarget, bad).sealed = targets.sealer("t" * 40).seal(b"json://x", bad)
    with running(database, clock):
        alarm(database)
        receiver.wait()
    assert health(database, bad) == (1, "the address can't be read: enter it again")


def test_nobody_is_woken_for_what_was_taken_meanwhile(
    database: Database, clock: Clock, receiver: Receiver
) -> None:
    receiver.statuses = [500]
    target = add(database, json_url(receiver))
    with running(database, clock) as sender:
        key = alarm(database)
        receiver.wait()
        until(lambda: health(database, target)[0] == 1, "it is shown")
        with database.write() as db:
            db.get_one(Alarm, key).taken_at = Utc.of(clock())
        clock.forward(hours=1)
        sender.wake()
        until(lambda: _waiting(database) == 0, "none waits")
    assert len(receiver.got) == 1


def test_an_alarm_is_told_though_somebody_takes_it_in_the_same_moment(
    database: Database, clock: Clock, receiver: Receiver
) -> None:
    """It may be who forced the door."""
    add(database, json_url(receiver))
    with running(database, clock):
        alarm(database, taken_at=Utc.of(clock()))
        receiver.wait()
    assert len(receiver.got) == 1


def _waiting(database: Database) -> int:
    with database.read() as db:
        return db.query(ChatDelivery).filter(ChatDelivery.due_at.is_not(None)).count()


def test_an_address_is_written_to_by_our_own_mail(database: Database, clock: Clock) -> None:
    add(database, "mailto:night@example.org")
    with running(database, clock):
        alarm(database)
        until(lambda: _written(database) == ["night@example.org"], "it is written")


def _written(database: Database) -> list[str | None]:
    with database.read() as db:
        return [message.address for message in db.query(MessageRow)]


@pytest.mark.parametrize(
    "url", ["exec://x", "syslog://", "file:///etc/passwd", "dbus://", "https://x.example/", "x"]
)
def test_what_reaches_nobody_is_no_target(database: Database, url: str) -> None:
    with pytest.raises(Invalid):
        add(database, url)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.0.0.7", "[::1]"])
def test_a_private_address_is_none_unless_allowed(database: Database, host: str) -> None:
    with pytest.raises(Invalid, match="private"):
        add(database, f"json://{host}/x", private=False)


def test_a_name_that_leads_elsewhere_a_moment_later_reaches_nothing(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As DNS rebinding has it: judged as an address of the internet, then this computer's."""
    answers, real = ["93.184.216.34"], socket.getaddrinfo

    def rebinding(host: str, port: int, *args: Any, **given: Any) -> Any:
        host = answers.pop() if answers and host == "rebind.test" else host
        return real("127.0.0.1" if host == "rebind.test" else host, port, *args, **given)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    url = json_url(receiver).replace("127.0.0.1", "rebind.test")
    with pytest.raises(notifiers.NotSent):
        notifiers.send(url, "Title", "Text", allow_private=False)
    assert not answers, "it was judged"
    assert not receiver.got
    with pytest.raises(notifiers.NotSent):
        notifiers.send(url, "Title", "Text", allow_private=False)
    notifiers.send(url, "Title", "Text", allow_private=True)
    assert len(receiver.got) == 1


def test_it_is_judged_when_it_connects_so_after_a_redirect_too(receiver: Receiver) -> None:
    answer = pinned_requests.PinnedRequests(allow_private=False)
    with pytest.raises(requests.ConnectionError, match="private network"):
        answer.post(receiver.url, data=b"")
    assert not receiver.got


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    """A message that is moved would become a GET, whose 200 is of no message."""
    receiver.statuses = [302]
    with pytest.raises(notifiers.NotSent, match="302"):
        notifiers.send(json_url(receiver), "Title", "Text", allow_private=True)
    assert len(receiver.got) == 1


def test_an_answer_that_is_too_long_or_has_no_end_is_cut_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with saying(LONG) as url, pytest.raises(notifiers.NotSent):
        notifiers.send(url.replace("http", "json"), "Title", "Text", allow_private=True)
    monkeypatch.setattr(pinned_requests, "TOTAL_TIMEOUT_S", 0.3)
    answer = pinned_requests.PinnedRequests(allow_private=True)
    with saying(INTERIM, again=True) as url, pytest.raises(requests.Timeout, match="took longer"):
        answer.post(url, data=b"")


def test_what_went_wrong_with_the_network_is_said(tmp_path: Path) -> None:
    Authority(tmp_path).issue("other")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "other.pem", tmp_path / "other.key")
    with Receiving(context) as secure:
        url = json_url(secure).replace("https:", "jsons:")
        with pytest.raises(notifiers.NotSent, match="certificate verify failed"):
            notifiers.send(url, "Title", "Text", allow_private=True)
    assert not secure.got
    with pytest.raises(notifiers.NotSent, match=r"^Connection refused$"):
        notifiers.send(f"json://127.0.0.1:{free_port()}/x", "Title", "Text", allow_private=True)


def test_an_address_is_sealed(database: Database) -> None:
    key = add(database, "json://user:hunter22@127.0.0.1/x")
    with database.read() as db:
        assert b"hunter22" not in db.get_one(ChatTarget, key).sealed


def test_what_one_thread_hears_is_not_anothers() -> None:
    warnings = notifiers._LastWarning(threading.get_ident() + 1)
    warnings.emit(logging.makeLogRecord({"msg": "of another"}))
    assert not warnings.text
