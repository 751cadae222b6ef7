"""A database file that is moved away, or is another, is never taken for an empty place."""

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from controller.cli.init import initialise
from controller.settings.reading import load
from tests.faults.conftest import Faults, a_place
from tests.support.until import until
from tests.support.web_server import CONFIG, ask, sign_in

pytestmark = pytest.mark.needs("mosquitto")

DOOR, PEOPLE = "porte-principale", 12


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faults]:
    """One place for all: it recovers from each, which is what they show."""
    with a_place(tmp_path_factory.mktemp("place")) as faults:
        yield faults


def _port(faults: Faults) -> int:
    return urlsplit(faults.running.url).port or 0


def _is_ready(faults: Faults) -> bool:
    try:
        with ask(_port(faults), "GET", "/health/ready") as answer:
            return answer.status == 200
    except (OSError, HTTPException):
        return False


def _sign_in(faults: Faults) -> str:
    """The cookie of a manager of the demo."""
    accounts = faults.running.ready["accounts"]
    manager = next(account for account in accounts if account["role"] == "manager")
    return sign_in(_port(faults), manager["email"], manager["password"])


def _refused(faults: Faults, cookie: str) -> list[str]:
    """What is not refused as it should be."""
    wrong = []
    for method, path, body in (
        ("GET", "/members", None),
        ("POST", "/members", {"display_name": "A"}),
    ):
        answer = faults.running.call(method, path, body, once=True)
        kind, again = answer.kind, answer.headers.get("Retry-After")
        if (answer.status, kind) != (503, "application/problem+json") or again is None:
            wrong.append(f"{method} {path}: {answer.status} {kind}, Retry-After {again}")
    for language, words in (("fr", "Les badges marchent toujours"), ("en", "Badges still work")):
        with ask(_port(faults), "GET", "/", f"{cookie}; language={language}") as page:
            text = page.read().decode()
            if page.status != 503 or words not in text or not page.getheader("Retry-After"):
                wrong.append(f"the Live page in {language}: {page.status}")
    with ask(_port(faults), "GET", "/health/ready") as ready:
        said = json.loads(ready.read())
        if ready.status != 503 or "database" not in said:
            wrong.append(f"/health/ready: {ready.status}")
    return wrong


def _waiting(faults: Faults) -> int:
    """How many events the agents keep, because nobody acknowledged them."""
    return sum(faults._journal(agent)[2] for agent in faults.agents)


@pytest.mark.parametrize(
    "how", ["moved away", "another place's", "a copy is put back", "written over"]
)
def test_writing_stops_and_goes_on_by_itself_when_the_file_is_back(
    faults: Faults, tmp_path: Path, how: str
) -> None:
    cookie = _sign_in(faults)
    serve = faults.running.ready["pids"]["serve"]
    file = faults.running.state / "loquet.db"
    before, told = faults.decided(DOOR), _alarms(faults)
    faults.taps(DOOR, PEOPLE)
    until(lambda: faults.decided(DOOR) >= before + PEOPLE, "the first taps did not arrive")
    faults.all_there()
    bring_back = _TAKEN[how](file, tmp_path)
    faults.taps(DOOR, PEOPLE)
    assert _refused(faults, cookie) == []
    if how == "moved away":
        assert not file.exists(), "a fresh empty database was made"
    until(lambda: _waiting(faults) >= PEOPLE, lambda: f"{_waiting(faults)} events are kept")
    bring_back()
    until(lambda: _is_ready(faults), "it does not go on")
    os.kill(serve, 0)
    wanted = before + 2 * PEOPLE
    until(lambda: faults.decided(DOOR) >= wanted, lambda: f"{faults.decided(DOOR)} arrived")
    faults.all_there()
    assert faults.decided(DOOR) == wanted
    until(lambda: _alarms(faults) not in ([], told), "no alarm tells of it")


def test_a_locked_database_is_said_and_the_agents_keep_what_they_tell(faults: Faults) -> None:
    file, before = faults.running.state / "loquet.db", faults.decided(DOOR)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        faults.taps(DOOR, PEOPLE)
        until(lambda: _waiting(faults) >= PEOPLE, lambda: f"{_waiting(faults)} events are kept")
        calls = ("GET", "/members", None), ("POST", "/members", {"display_name": "A"})
        assert [faults.running.call(*call, once=True).status for call in calls] == [200, 503]
        assert not _is_ready(faults)
        other.execute("ROLLBACK")
    until(lambda: _is_ready(faults), "it does not go on")
    wanted = before + PEOPLE
    until(lambda: faults.decided(DOOR) >= wanted, lambda: f"{faults.decided(DOOR)} arrived")
    faults.all_there()
    assert faults.decided(DOOR) == wanted


def _alarms(faults: Faults) -> list[str]:
    """When the database was away last, as the list of alarms has it once that is over."""
    return [
        alarm["raised_at"]
        for alarm in faults.running.listed("/alarms")
        if alarm["kind"] == "database_unavailable" and alarm["cleared_at"] is not None
    ]


def _move_away(file: Path, _folder: Path) -> Callable[[], None]:
    away = file.with_name("away.db")
    file.rename(away)
    return lambda: _put_back(away, file)


def _put_another(file: Path, folder: Path) -> Callable[[], None]:
    back = _move_away(file, folder)
    _other_place(folder).rename(file)
    return back


def _write_over(file: Path, folder: Path) -> Callable[[], None]:
    """`cp` of another place's into the file itself, and back."""
    saved = file.with_name("saved.db")
    shutil.copy(file, saved)
    shutil.copy(_other_place(folder), file)
    return lambda: _write_back(saved, file)


def _write_back(saved: Path, file: Path) -> None:
    shutil.copy(saved, file)


def _copy_over(file: Path, folder: Path) -> Callable[[], None]:
    """`mv` away, `cp` back: the same bytes in a file of another inode."""
    away = file.with_name("away.db")
    file.rename(away)
    return lambda: _copy_back(away, file)


def _copy_back(away: Path, file: Path) -> None:
    fresh = file.with_name("copied.db")
    shutil.copy(away, fresh)
    _put_back(fresh, file)


def _put_back(away: Path, file: Path) -> None:
    away.rename(file)


def _other_place(folder: Path) -> Path:
    config = folder / "config.toml"
    config.write_text(CONFIG)
    initialise(load(config, {}))
    with closing(sqlite3.connect(folder / "loquet.db")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder / "loquet.db"


_TAKEN: dict[str, Callable[[Path, Path], Callable[[], None]]] = {
    "moved away": _move_away,
    "another place's": _put_another,
    "a copy is put back": _copy_over,
    "written over": _write_over,
}
