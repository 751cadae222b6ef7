"""A database put back to a backup, under taps all the time: what came between is not lost."""

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.faults.restored_place import AT_DOOR, Place, a_place, alarms
from tests.support.until import until

pytestmark = pytest.mark.needs("mosquitto")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
def url(request: pytest.FixtureRequest) -> str | None:
    """Of the server's database; None: the place's own file."""
    if request.param == "sqlite":
        return None
    request.getfixturevalue("postgres_programs")
    server: str = request.getfixturevalue("a_server_database")
    return server


@pytest.fixture
def place(
    url: str | None, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    with a_place(tmp_path_factory.mktemp("p"), url, monkeypatch) as place:
        yield place


@pytest.fixture
def forgetful(
    url: str | None, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    """Its agents keep nothing that is acknowledged."""
    folder = tmp_path_factory.mktemp("p")
    with a_place(folder, url, monkeypatch, LOQUET_AGENT_JOURNAL_DAYS="0") as place:
        yield place


def restored(place: Place) -> str:
    """Backup, taps, stop, restore, start, with taps the whole time; what restoring over a running
    controller said."""
    file = str(place.folder / "backup")
    place.begin_to_tap()
    place.more_taps(5)
    assert place.loquet("db", "backup", file).code == 0
    before = place.journals()[AT_DOOR].through
    place.more_taps(10)
    until(lambda: place.journals()[AT_DOOR].through > before + 5, "nothing is acknowledged")
    refused = place.loquet("db", "restore", file)
    place.stop_serve()
    place.more_taps(3)
    done = place.loquet("db", "restore", file)
    assert done.code == 0, done.err
    place.start_serve()
    place.more_taps(5)
    place.end_taps()
    assert refused.code == 1, refused
    return refused.err


def test_every_event_since_the_backup_is_there_once(place: Place) -> None:
    """None missing, none twice, nobody refused; and the check says that it is whole."""
    said = restored(place)
    assert "the database is in use; stop loquet-serve" in said
    place.settled()
    journals, held = place.journals(), place.held()
    for stream, _, through, _ in journals.values():
        there = Counter(seq for seq in held[stream] if seq <= through)
        assert there == Counter(range(1, through + 1))
    assert place.decided() == {"access_granted": place.taps, "access_denied": 0}
    until(lambda: not place.behind(), "an agent is behind")
    answer = place.loquet("db", "check")
    assert (answer.code, answer.err) == (0, "")
    assert "complete and unchanged" in answer.out
    assert not [alarm for alarm in alarms(place) if alarm["kind"].startswith("journal")]


def test_with_a_journal_kept_too_short_each_gap_is_named(forgetful: Place) -> None:
    """By the check, which fails, and on the page."""
    place = forgetful
    restored(place)
    place.settled()
    until(lambda: gap_alarms(place), "no alarm")
    journals, held = place.journals(), place.held()
    answer = place.loquet("db", "check")
    assert answer.code == 1
    named = set()
    for agent, (stream, _, through, _) in journals.items():
        missing = sorted(set(range(1, through + 1)) - set(held[stream]))
        if missing:
            first, end = missing[0], missing[-1]
            assert missing == list(range(first, end + 1))
            said = f"events {first} to {end} ({len(missing)})" if end > first else f"event {first}"
            assert f"agent {agent}, stream {stream}: {said} missing" in answer.out
            named.add(agent)
    assert AT_DOOR in named
    assert answer.out.count(" missing") == len(named)
    assert "gaps in the journals" in answer.err
    assert place.decided()["access_denied"] == 0
    assert "Événements manquants" in place.signed_in().get("/")


def gap_alarms(place: Place) -> set[str]:
    """Agents of which the page says that something is missing."""
    return {alarm["agent_id"] for alarm in alarms(place) if alarm["kind"] == "journal_gap"}
