"""100,000 members and a million events, upgraded to the next release while people tap.

The next release is this one with the sample migration; `./run prove --long`.
"""

import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from sqlite3 import Connection, connect

import pytest

from controller import assembly
from controller.store.backup import contents_of
from tests.faults.restored_place import Place, a_place
from tests.proofs.upgrade import AWAY_S, EVENTS, MEMBERS, grow
from tests.support.next_release import NEXT_HOUSE
from tests.support.until import until

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800), pytest.mark.needs("mosquitto")]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """Grown while its pages are closed, then open again; commands are those of the next release."""
    with a_place(tmp_path, None, monkeypatch) as place:
        until(lambda: place.held(), "no event has come")
        place.stop_serve()
        with closing(_database(place)) as db, db:
            grow(db)
        place.start_serve()
        monkeypatch.setattr(assembly, "HOUSE", NEXT_HOUSE)
        yield place


def test_nobody_is_refused_nothing_is_lost_and_the_pages_are_back_within_a_minute(
    place: Place,
) -> None:
    """And a migration that fails leaves the release from before with what it had: it goes on."""
    before = contents_of(place.url)
    assert before["member"].rows > MEMBERS
    assert before["event"].rows > EVENTS
    place.begin_to_tap()
    place.more_taps(20)
    _fails(place)
    place.more_taps(20)
    place.stop_serve()
    began = time.monotonic()
    done = place.loquet("upgrade")
    migrated = time.monotonic() - began
    assert done.code == 0, done.err
    words = place.demo.serve.command
    place.demo.serve.command = [sys.executable, "-m", "tests.support.next_release", *words[3:]]
    place.start_serve()
    away = time.monotonic() - began
    place.more_taps(50)
    place.end_taps()
    place.settled()
    journals, held = place.journals(), place.held()  # boxes send more meanwhile
    for stream, _last, through, _ in journals.values():
        numbers = Counter(number for number in held[stream] if number <= through)
        assert numbers == Counter(range(1, through + 1)), "each once"
    decided = place.decided()
    print(f"{place.taps} taps: {decided}; away {away:.1f} s, of which migrating {migrated:.1f} s")
    assert decided == {"access_granted": place.taps, "access_denied": 0}
    with closing(_database(place)) as db:
        (changed,) = db.execute("SELECT count(*) FROM member WHERE seniority = 1").fetchone()
    assert changed > MEMBERS
    assert away <= AWAY_S


def _fails(place: Place) -> None:
    """The migration finds a table in its way: all is taken back, and the pages open again."""
    place.stop_serve()
    with closing(_database(place)) as db, db:
        db.execute("CREATE TABLE member_contact (whose TEXT)")
    before = contents_of(place.url)
    failed = place.loquet("upgrade")
    assert failed.code == 1
    assert "the upgrade failed and was undone" in failed.err
    assert failed.err.count("\n") == 1
    print(failed.err.strip())
    assert contents_of(place.url) == before
    with closing(_database(place)) as db, db:
        db.execute("DROP TABLE member_contact")
    place.start_serve()


def _database(place: Place) -> Connection:
    return connect(place.url.removeprefix("sqlite:///"))
