"""Numbers without a gap, whoever closes and notes at the same moment, and whoever is killed."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import select

from controller.assembly import HOUSE
from controller.capabilities.billing import payments, statements
from controller.capabilities.billing.kinds import Means
from controller.capabilities.billing.models import PaymentRow, StatementRow
from controller.capabilities.billing.shapes import CloseMonth, NewPayment
from controller.kernel.database import Database
from controller.kernel.errors import Conflict
from controller.store.engine import open_database
from tests.capabilities.billing.month import OCTOBER, ended, follow, set_tariff, somebody
from tests.capabilities.conftest import BOSS, NOW, Place

WORKERS = 8
_FORK = multiprocessing.get_context("fork")


def _worker(url: str, do: Callable[[Database, Any], None], pipe: Any) -> None:
    """A process of its own, with its own connection; it ends without cleaning up its parent's."""
    engine = open_database(url, exclusive=True)
    try:
        do(Database(engine, house=HOUSE), pipe)
    finally:
        engine.dispose()
        pipe.close()
        os._exit(0)


@contextmanager
def workers(place: Place, do: Callable[[Database, Any], None]) -> Iterator[list[Any]]:
    url = place.database.engine.url.render_as_string(hide_password=False)
    place.database.engine.dispose()
    pairs = [_FORK.Pipe() for _ in range(WORKERS)]
    started = [_FORK.Process(target=_worker, args=(url, do, theirs)) for _, theirs in pairs]
    for process in started:
        process.start()
    for _, theirs in pairs:
        theirs.close()
    try:
        yield [(process, mine) for process, (mine, _) in zip(started, pairs, strict=True)]
    finally:
        for process in started:
            process.kill()
            process.join()


def _close(database: Database, pipe: Any) -> None:
    pipe.recv()
    try:
        with database.write() as db:
            new = CloseMonth(month=OCTOBER, site_id="here")
            statements.close(db, new, actor=BOSS, now=NOW)
            db.flush()
            pipe.send("frozen")
            pipe.recv()  # whoever is killed is killed here
    except Conflict:
        pipe.send("closed already")
        return
    pipe.send("closed")


def _pay(database: Database, pipe: Any) -> None:
    while True:
        with database.write() as db:
            new = NewPayment(
                means=Means.CASH,
                amount_cents=1,
                month=OCTOBER,
                member_id=pipe.recv(),
                site_id="here",
            )
            payments.create(db, new, actor=BOSS, now=NOW)
        pipe.send("paid")


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_of_eight_who_close_one_does_and_a_killed_one_leaves_no_gap(place: Place) -> None:
    set_tariff(place)
    for number in range(5):
        _, ref = somebody(place, f"Member {number}")
        with place.database.write() as db:
            ended(db, ref, 38, ago_days=40)
    follow(place)
    with workers(place, _close) as all_of_them:
        (first, to_first), *others = all_of_them
        to_first.send("go")
        assert to_first.recv() == "frozen"
        for _, pipe in others:
            pipe.send("go")
        os.kill(first.pid, signal.SIGKILL)
        second, to_second = next(process for process in _answering(others) if process)
        assert to_second.recv() == "frozen"
        to_second.send("commit")
        assert to_second.recv() == "closed"
        said = [pipe.recv() for item, pipe in others if item is not second]
    assert said == ["closed already"] * (WORKERS - 2)
    with place.database.read() as db:
        numbers = list(db.scalars(select(StatementRow.number).order_by(StatementRow.number)))
    assert numbers == [1, 2, 3, 4, 5]


def _answering(some: list[Any]) -> Iterator[Any]:
    from multiprocessing.connection import wait

    ready = wait([pipe for _, pipe in some])
    yield from (item for item in some if item[1] in ready)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_receipts_have_no_gap_when_half_of_those_who_note_them_are_killed(place: Place) -> None:
    member_id, _ = somebody(place)
    with workers(place, _pay) as all_of_them:
        for _ in range(4):
            for _, pipe in all_of_them:
                pipe.send(member_id)
            for _, pipe in all_of_them:
                assert pipe.recv() == "paid"
        for _, pipe in all_of_them:
            pipe.send(member_id)
        for item, _ in all_of_them[::2]:
            os.kill(item.pid, signal.SIGKILL)
        for _, pipe in all_of_them[1::2]:
            assert pipe.recv() == "paid"
    with place.database.read() as db:
        numbers = list(db.scalars(select(PaymentRow.receipt).order_by(PaymentRow.receipt)))
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 4 * WORKERS + WORKERS // 2
