"""Messages to real receivers: signed, tried again as the standard says, in nobody's way."""

import json
from typing import Any

import pytest
import standardwebhooks

from controller.integrations.webhooks import webhooks
from controller.integrations.webhooks.answers import WAITS_S
from controller.integrations.webhooks.models import WebhookRow
from controller.integrations.webhooks.sender import Sender, running_webhooks, sealer
from controller.integrations.webhooks.shapes import Webhook
from controller.kernel.database import Database, wall_clock
from controller.kernel.errors import Conflict
from controller.kernel.fair_dispatch import FAILURES_ALLOWED
from tests.integrations.webhooks.conftest import (
    SECRET,
    SYSTEM,
    Got,
    Receiver,
    Receiving,
    following,
    make,
)
from tests.integrations.webhooks.webhooks import _is_over, answered, change, deliveries
from tests.support.clock import Clock
from tests.support.until import until
from tests.webui.conftest import SITE


def hook_of(database: Database, hook: str) -> Webhook:
    with database.read() as db:
        return webhooks.get(db, hook, actor=SYSTEM)


def verify(secret: str, got: Got) -> Any:
    """By the reference library. Raises WebhookVerificationError."""
    return standardwebhooks.Webhook(secret).verify(got.body, got.headers)


def test_a_change_is_told_and_the_reference_library_verifies_it(
    database: Database, receiver: Receiver, sender: Sender
) -> None:
    made = make(database, receiver.url, "member")
    member = change(database)
    receiver.wait()
    (got,) = receiver.got
    told = verify(made.secret, got)
    assert (told["type"], told["data"]) == ("member", {"site": SITE, "id": member})
    assert "Zoé" not in got.body
    delivery = answered(database, made.id)
    assert delivery.delivered_at is not None
    assert delivery.due_at is None
    assert delivery.id == got.headers["webhook-id"]


def test_only_what_is_wanted_is_told(
    database: Database, receiver: Receiver, sender: Sender
) -> None:
    other = make(database, receiver.url, "alarm", "session")
    wanted = make(database, receiver.url)
    change(database)
    until(
        lambda: any(it.type == "member" and _is_over(it) for it in deliveries(database, wanted.id)),
        lambda: str(deliveries(database, wanted.id)),
    )
    assert deliveries(database, other.id) == []


def test_what_is_not_taken_is_told_again_with_the_same_id_and_bytes(
    database: Database, receiver: Receiver, sender: Sender, clock: Clock
) -> None:
    made = make(database, receiver.url, "member")
    receiver.statuses = [500, 302, 204]
    change(database)
    receiver.wait()
    assert answered(database, made.id).error == "answered 500"
    for attempts, wait_s in ((2, 6), (3, 331)):
        clock.forward(seconds=wait_s)
        sender.wake()
        receiver.wait()
        delivery = answered(database, made.id, attempts)
    assert delivery.delivered_at is not None
    assert {(message.body, message.headers["webhook-id"]) for message in receiver.got} == {
        (receiver.got[0].body, delivery.id)
    }


def left_alone(sender: Sender, failures: int) -> None:
    """Until it has counted the failure, by the clock as it was then."""
    until(lambda: failures <= FAILURES_ALLOWED or bool(sender.paused()), "it is not left alone")


def test_after_75_hours_it_is_given_up(
    database: Database, receiver: Receiver, sender: Sender, clock: Clock
) -> None:
    made = make(database, receiver.url, "member")
    receiver.statuses = [503]
    change(database)
    tries = 1
    receiver.wait()
    while (due := answered(database, made.id, tries).due_at) is not None:
        left_alone(sender, tries)
        wait_s = (due - clock.now).total_seconds()
        assert WAITS_S[tries - 1] * 0.9 <= wait_s <= WAITS_S[tries - 1] * 1.1
        clock.forward(seconds=wait_s)
        sender.wake()
        receiver.wait()
        tries += 1
    assert tries == 10
    assert 75 * 3600 <= sum(WAITS_S) < 76 * 3600


def test_a_receiver_that_is_gone_is_told_nothing_more(
    database: Database, receiver: Receiver, sender: Sender
) -> None:
    made = make(database, receiver.url, "member")
    receiver.statuses = [410]
    change(database)
    receiver.wait()
    assert answered(database, made.id).due_at is None
    assert hook_of(database, made.id).disabled_why == "gone"
    change(database)
    first = deliveries(database, made.id)[0].id
    with database.edit() as db, pytest.raises(Conflict, match="disabled"):
        webhooks.resend(db, made.id, first, actor=SYSTEM, now=wall_clock())
    assert len(receiver.got) == 1


def test_a_redirect_is_not_followed(database: Database, receiver: Receiver, sender: Sender) -> None:
    made = make(database, receiver.url, "member")
    receiver.statuses = [307]
    change(database)
    receiver.wait()
    delivery = answered(database, made.id)
    assert (delivery.status, delivery.delivered_at) == (307, None)
    assert len(receiver.got) == 1


def test_a_slow_receiver_delays_no_other(
    database: Database, receiver: Receiver, sender: Sender
) -> None:
    with Receiving() as slow:
        slow.may_answer.clear()
        make(database, slow.url, "member")
        quick = make(database, receiver.url, "member")
        change(database)
        slow.wait()
        change(database)
        receiver.wait(2)
        until(lambda: all(map(_is_over, deliveries(database, quick.id))), "not answered")
        assert len(slow.got) == 1


def test_nobody_there_is_a_reason_to_try_again(
    database: Database, receiver: Receiver, sender: Sender
) -> None:
    with Receiving() as gone:
        pass
    made = make(database, gone.url, "member")
    change(database)
    delivery = answered(database, made.id)
    assert delivery.status is None
    assert "refused" in (delivery.error or "")
    assert delivery.due_at is not None


def test_while_a_key_is_rotated_both_verify(
    database: Database, receiver: Receiver, sender: Sender, clock: Clock
) -> None:
    old = make(database, receiver.url, "member")
    with database.edit() as db:
        new = webhooks.rotate(db, old.id, seal=sealer(SECRET), actor=SYSTEM, now=clock.now)
    assert new.secret != old.secret
    change(database)
    receiver.wait()
    assert verify(old.secret, receiver.got[0]) == verify(new.secret, receiver.got[0])
    clock.forward(hours=25)
    change(database)
    receiver.wait()
    assert len(receiver.got[1].headers["webhook-signature"].split()) == 1


def test_one_can_be_sent_again_by_hand(
    database: Database, receiver: Receiver, sender: Sender, clock: Clock
) -> None:
    made = make(database, receiver.url, "member")
    change(database)
    receiver.wait()
    first = answered(database, made.id)
    with database.edit() as db:
        webhooks.resend(db, made.id, first.id, actor=SYSTEM, now=clock.now)
    sender.wake()
    receiver.wait()
    assert receiver.got[0].headers["webhook-id"] == receiver.got[1].headers["webhook-id"]


def test_after_a_restart_everything_is_told_once_and_in_order(
    database: Database, receiver: Receiver, clock: Clock
) -> None:
    made = make(database, receiver.url, "member")
    told = [change(database, f"Zoé {n}") for n in range(5)]
    for _ in range(2):
        with (
            following(database) as heard,
            running_webhooks(database, heard, SECRET, allow_private=True, clock=clock),
        ):
            until(lambda: len(deliveries(database, made.id)) == 5, "not all put down")
            until(lambda: all(map(_is_over, deliveries(database, made.id))), "not all sent")
    assert [json.loads(message.body)["data"]["id"] for message in receiver.got] == told


def test_a_private_address_is_not_reached_where_that_is_not_allowed(
    database: Database, receiver: Receiver, clock: Clock
) -> None:
    made = make(database, receiver.url, "member")
    with (
        following(database) as heard,
        running_webhooks(database, heard, SECRET, allow_private=False, clock=clock),
    ):
        change(database)
        assert "private network" in (answered(database, made.id).error or "")
    assert receiver.got == []


def test_a_key_that_can_not_be_read_holds_up_no_other(
    database: Database, receiver: Receiver, sender: Sender
) -> None:
    """Such as after the web's secret was changed."""
    bad = make(database, receiver.url, "member")
    make(database, receiver.url, "member")
    with database.write() as db:
        db.get_one(WebhookRow, bad.id).key = sealer("t" * 40).seal(b"k" * 24, bad.id)
    change(database)
    receiver.wait()
    (left,) = deliveries(database, bad.id)
    assert left.error is not None
    assert "rotate" in left.error
