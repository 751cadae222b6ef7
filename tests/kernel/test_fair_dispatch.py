"""A delivery that fails by our own fault is logged, and its recipient pauses like a deaf one."""

import logging
import threading

import pytest

from controller.kernel.database import Database
from controller.kernel.fair_dispatch import FAILURES_ALLOWED, DueWork, FairDispatcher
from tests.support.until import until


def test_a_delivery_that_raises_is_logged_and_pauses_its_recipient(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[str] = []
    lock = threading.Lock()

    def deliver(item: str) -> bool:
        with lock:
            tries.append(item)
        raise ValueError("not a number")

    work = DueWork[str](
        is_due=lambda _db, busy, _now: "board" not in busy,
        take=lambda _db, _busy, _now: ["board"],
        recipient_of=lambda item: item,
        deliver=deliver,
    )
    dispatcher = FairDispatcher("webhooks", database, work)
    with caplog.at_level(logging.ERROR):
        dispatcher.start()
        try:
            until(dispatcher.paused, "the recipient never pauses")
        finally:
            dispatcher.stop()
    assert len(tries) > FAILURES_ALLOWED
    assert "webhooks, recipient board: trying again" in caplog.text
    assert "not a number" in caplog.text
