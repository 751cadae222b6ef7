"""Threads write to SQLite in the order in which they ask, and nobody waits for ever."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from controller.store.engine import open_database, with_short_timeouts
from controller.store.sqlite_engine import Turns, turn_of
from controller.store.unavailable import Cause, DatabaseUnavailable
from tests.support.databases import migrated_sqlite
from tests.support.until import until

COUNT = text("UPDATE audit_head SET seq = seq + 1")


def test_the_lock_is_handed_on_in_order() -> None:
    turns, order = Turns(), list[int]()
    first, _ = turns.take(0)

    def work(number: int) -> None:
        turn, _ = turns.take(60)
        order.append(number)
        turn.release()
        turn.release()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(5)]
    for count, thread in enumerate(threads, 1):
        thread.start()
        until(lambda count=count: len(turns._waiting) == count, "it does not wait")  # type: ignore[misc]
    with pytest.raises(DatabaseUnavailable) as caught:
        turns.take(0)
    assert caught.value.cause is Cause.LOCKED
    first.release()
    for thread in threads:
        thread.join()
    assert order == list(range(5))
    turns.take(0)


def test_who_writes_keeps_others_waiting_only_until_it_is_done(tmp_path: Path) -> None:
    engine = open_database(migrated_sqlite(tmp_path))
    quick = with_short_timeouts(engine).execution_options(wait_ms=1)
    with engine.begin() as writing:
        writing.execute(COUNT)
        with pytest.raises(DatabaseUnavailable), quick.begin():
            pass
    with pytest.raises(OperationalError, match="no such table"), engine.begin() as writing:
        writing.execute(text("UPDATE no_table SET here = 1"))
    with quick.begin() as next_one:
        next_one.execute(COUNT)
    engine.dispose()


def test_a_turn_can_be_ended_from_another_thread(tmp_path: Path) -> None:
    engine = open_database(migrated_sqlite(tmp_path))
    with engine.connect() as hangs:
        hangs.execute(COUNT)
        turn = turn_of(hangs)
        assert turn is not None
        hangs.rollback()
        turn.release()
        with with_short_timeouts(engine).begin() as other:
            other.execute(COUNT)
    engine.dispose()
