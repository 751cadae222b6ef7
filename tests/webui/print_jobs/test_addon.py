"""What the printers' add-ons share, against the real API, over a wire that loses answers."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.serving import BaseWSGIServer, make_server

from addons.asking import Controller, Prints, Refused, Unreachable
from controller.capabilities.billing import charges
from controller.capabilities.billing.models import ChargeRow, MoneyEntry
from controller.capabilities.print_jobs.models import PrintJob
from controller.capabilities.print_jobs.print_jobs import PRINTS_READ, PRINTS_WRITE
from controller.capabilities.usage.models import SessionRow
from controller.kernel.database import Database
from tests.capabilities.billing.month import owed
from tests.support.clock import Clock
from tests.support.until import until
from tests.webui.conftest import make_app
from tests.webui.print_jobs.conftest import SYSTEM, Tap


class Wire:
    """To the application; cut, or with what comes back lost on its way."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self.cut = self.deaf = False
        self.on_call: Callable[[], object] = lambda: None
        self.calls: list[str] = []
        self.server: BaseWSGIServer = make_server("127.0.0.1", 0, self, threaded=True)
        self._thread = Thread(target=self.server.serve_forever)
        self._thread.start()

    def __call__(self, environ: Any, start: Any) -> Any:
        """See WSGI (PEP 3333)."""
        self.calls.append(environ["REQUEST_METHOD"])
        self.on_call()
        if not self.cut and not self.deaf:
            return self._app.wsgi_app(environ, start)
        if self.deaf:
            list(self._app.wsgi_app(environ, lambda *_: lambda _data: None))
        start("502 Bad Gateway", [])
        return [b""]

    def close(self) -> None:
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()


@pytest.fixture
def wire(database: Database, clock: Clock) -> Iterator[Wire]:
    made = Wire(make_app(database, clock))
    yield made
    made.close()


@pytest.fixture
def start(
    wire: Wire, tmp_path: Path, token: Callable[..., str], clock: Clock
) -> Iterator[Callable[..., Prints]]:
    """Starts the add-on, as often as a printer restarts."""
    secret = token(PRINTS_WRITE, PRINTS_READ)
    started: list[Prints] = []

    def make(**how: bool) -> Prints:
        for queue in started:
            queue.close()
        address = f"http://127.0.0.1:{wire.server.server_port}"
        controller = Controller(address, secret, "printer")
        kept, now = tmp_path / "prints", lambda: clock.now.timestamp()
        started.append(Prints(kept, controller, now=now, **how))
        return started[-1]

    yield make
    for queue in started:
        queue.close()


def outcomes(database: Database) -> list[str | None]:
    with database.read() as db:
        return list(db.scalars(select(PrintJob.outcome)))


def is_told(prints: Prints) -> None:
    until(lambda: not prints.waiting(), "its end is not acknowledged", 20)


def test_a_refusal_brings_its_reason(start: Callable[..., Prints], tap: Tap, wire: Wire) -> None:
    prints = start()
    with pytest.raises(Refused) as refused:
        prints.ask("vase.gcode", 95, None)
    assert refused.value.said("fr").startswith("Passez d’abord votre badge")
    assert refused.value.said("en").startswith("Tap your badge on the printer’s reader first")
    assert not prints.waiting()
    wire.cut = True
    with pytest.raises(Unreachable):
        prints.ask("vase.gcode", 95, None)
    assert not prints.runs


def test_a_print_whose_grant_got_lost_did_not_start_and_is_told_so(
    start: Callable[..., Prints], tap: Tap, wire: Wire, database: Database, clock: Clock
) -> None:
    tap("armed", "Amina Diallo")
    wire.deaf = True
    with pytest.raises(Unreachable):
        start().ask("vase.gcode", 95, 41.5)
    assert outcomes(database) == [None]
    clock.forward(seconds=30)
    tap("armed", "Bruno Petit")
    prints = start()  # the print server was restarted meanwhile
    assert not prints.runs
    wire.deaf = False
    is_told(start())
    assert outcomes(database) == ["not_started"]


def test_a_print_server_that_dies_while_it_asks_has_not_started(
    start: Callable[..., Prints], tap: Tap, wire: Wire, database: Database
) -> None:
    tap("armed", "Amina Diallo")
    prints = start()
    kept: list[Any] = []
    wire.on_call = lambda: kept.extend(prints.waiting())
    prints.ask("vase.gcode", 95, 41.5)
    assert [(item["id"], item["end"]) for item in kept] == [(None, {"outcome": "not_started"})]
    assert [print_job["end"] for print_job in prints.waiting()] == [None]
    assert outcomes(database) == [None]


def test_what_was_refused_and_never_heard_of_is_in_no_list(
    start: Callable[..., Prints], tap: Tap, wire: Wire, database: Database, clock: Clock
) -> None:
    tap("armed", "Amina Diallo")
    wire.cut = True
    with pytest.raises(Unreachable):
        start().ask("vase.gcode", 95, 41.5)
    clock.forward(seconds=30)
    wire.cut = False
    is_told(start())
    assert outcomes(database) == []


def test_an_end_is_told_once_however_often_answers_get_lost(
    start: Callable[..., Prints], tap: Tap, wire: Wire, database: Database
) -> None:
    tap("armed")
    prints = start()
    prints.ask("vase.gcode", 95, 41.5)
    tap("off")
    wire.deaf = True
    prints.end("completed", 101, 40)
    until(lambda: "PATCH" in wire.calls, "it was not told", 20)
    prints = start()  # the print server was restarted meanwhile
    until(lambda: wire.calls.count("PATCH") > 1, "it was not told again", 20)
    wire.deaf = False
    is_told(start())
    assert outcomes(database) == ["completed"]


def test_a_print_that_is_refused_keeps_no_end_back(
    start: Callable[..., Prints],
    tap: Tap,
    wire: Wire,
    database: Database,
    clock: Clock,
    tmp_path: Path,
) -> None:
    tap("armed")
    wire.cut = True
    prints = start(starts_alone=True)
    prints.ask("a.gcode", None, None)
    prints.end("completed")
    clock.forward(seconds=30)
    tap("off")
    clock.forward(seconds=30)
    prints.ask("b.gcode", None, None)  # it runs, and is refused again and again
    prints.close()
    (runs,) = (print_job for print_job in prints.waiting() if print_job["end"] is None)
    first = str(UUID(int=0))
    (tmp_path / "prints" / f"{runs['key']}.json").unlink()
    (tmp_path / "prints" / f"{first}.json").write_text(json.dumps(runs | {"key": first, "at": 0}))
    wire.cut = False
    again = start(starts_alone=True)
    until(
        lambda: [print_job["key"] for print_job in again.waiting()] == [first],
        "an end is kept back",
        20,
    )
    assert outcomes(database) == ["completed"]


def test_a_print_that_never_started_makes_room_for_the_next(
    start: Callable[..., Prints], tap: Tap, database: Database
) -> None:
    tap("armed")
    prints = start()
    prints.ask("a.gcode", None, None)
    prints.ask("b.gcode", None, None)
    prints.end("failed")
    prints.end("completed")  # nothing runs any more
    is_told(prints)
    assert sorted(map(str, outcomes(database))) == ["failed", "not_started"]


def test_a_print_that_was_seen_to_print_is_not_told_as_never_started(
    start: Callable[..., Prints], tap: Tap, database: Database
) -> None:
    """It has taken something, though nobody told its end: a point to check before closing."""
    tap("armed")
    prints = start()
    prints.ask("a.gcode", None, None)
    prints.saw_start("a.gcode", None, None)
    prints.ask("b.gcode", None, None)
    prints.saw_start("b.gcode", None, None)
    prints.end("not_started")
    is_told(prints)
    assert sorted(map(str, outcomes(database))) == ["failed", "failed"]


def test_a_print_that_nobody_asked_for_is_charged_to_who_badged_when_it_began(
    start: Callable[..., Prints], tap: Tap, priced: None, database: Database, clock: Clock
) -> None:
    who = tap("armed", "Amina Diallo")
    clock.forward(seconds=30)
    tap("armed", "Bruno Petit")
    clock.forward(seconds=30)
    prints = start()
    prints.ask("tiny.gcode", None, None)
    prints.saw_start("vase.gcode", 95, 41.5, ago_s=45)
    prints.end("completed", 101, 40)
    is_told(prints)
    assert sorted(map(str, outcomes(database))) == ["completed", "not_started"]
    assert owed(database, member_id=who) == owed(database) == 100


def test_where_the_agent_gates_the_power_a_print_starts_alone_and_is_told_later(
    start: Callable[..., Prints],
    tap: Tap,
    priced: None,
    wire: Wire,
    database: Database,
    clock: Clock,
) -> None:
    who = tap("armed", "Amina Diallo")
    clock.forward(seconds=30)
    wire.cut = True
    prints = start(starts_alone=True)
    prints.ask("vase.gcode", 95, 41.5)
    prints.end("completed", 101, 40)
    assert outcomes(database) == []
    prints.close()  # what it asks while nobody answers must not arrive half a minute later
    clock.forward(seconds=30)
    tap("armed", "Bruno Petit")
    clock.forward(seconds=30)
    wire.cut = False
    is_told(start(starts_alone=True))
    assert outcomes(database) == ["completed"]
    assert owed(database, member_id=who) == owed(database) == 100


def test_what_a_print_took_is_charged_to_who_badged_and_a_mistake_is_countered(
    start: Callable[..., Prints], tap: Tap, priced: None, database: Database, clock: Clock
) -> None:
    who = tap("armed", "Amina Diallo")
    prints = start()
    prints.ask("vase.gcode", 95, 41.5)
    prints.end("completed", 101, 40.2)
    is_told(prints)
    with database.read() as db:
        (entry,) = db.scalars(select(MoneyEntry))
        assert [row.material_mg for row in db.scalars(select(SessionRow))] == [40_200]
    assert (entry.article, entry.quantity, entry.member_id) == ("pla", 41, who)
    assert owed(database, member_id=who) == owed(database) == 103
    with database.write() as db:
        charges.take_back(db, entry.id, actor=SYSTEM, now=clock.now)
    with database.read() as db:
        amounts = sorted(db.scalars(select(ChargeRow.amount_cents)))
    assert amounts == [-103, 103]


@pytest.mark.parametrize("outcome", ["completed", "failed"])
def test_where_the_tariff_names_no_such_printer_nothing_is_charged(
    start: Callable[..., Prints], tap: Tap, database: Database, outcome: str
) -> None:
    tap("armed", "Amina Diallo")
    prints = start()
    prints.ask("vase.gcode", 95, 41.5)
    prints.end(outcome, 101, 40.2)
    is_told(prints)
    assert outcomes(database) == [outcome]
    with database.read() as db:
        assert list(db.scalars(select(MoneyEntry))) == []
        assert [row.material_mg for row in db.scalars(select(SessionRow))] == [40_200]
    assert owed(database) == 0
