"""The event stream says how far it is, and goes on from there, also after a restart of the web."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete

from controller.capabilities.machines.changes import PointNews
from controller.kernel.database import Database
from controller.kernel.models import OutboxRow
from controller.kernel.outbox import heads, post_news
from tests.support.clock import Clock
from tests.webui.conftest import SITE, make_app, sign_in
from webui.live import stream

AT = r', "at": "[^"]+Z"'


class Stream:
    """What a browser reads, event by event."""

    def __init__(
        self, client: FlaskClient, path: str = f"/live?site={SITE}", after: str = ""
    ) -> None:
        headers = {"Last-Event-ID": after} if after else {}
        self._answer = client.get(path, headers=headers, buffered=False)
        assert self._answer.status_code == 200, self._answer.status_code
        self._frames = iter(self._answer.response)
        assert next(self._frames) == b"retry: 2000\n\n"

    def next(self) -> tuple[str, str, str]:
        """Kind, id and data, but for when it was."""
        frame = next(self._frames)
        assert isinstance(frame, bytes)
        lines = frame.decode().strip().split("\n")
        fields = dict(line.split(": ", 1) for line in lines)
        return fields["event"], fields.get("id", ""), re.sub(AT, "", fields["data"])

    def close(self) -> None:
        self._answer.close()


@contextmanager
def served(database: Database, clock: Clock) -> Iterator[FlaskClient]:
    """A process of the web, and a manager who has signed in."""
    app = make_app(database, clock)
    client = app.test_client()
    sign_in(client, "manager")
    yield client
    app.extensions["broadcast"].close()


@pytest.fixture
def client(database: Database, clock: Clock) -> Iterator[FlaskClient]:
    with served(database, clock) as found:
        yield found


@pytest.fixture
def place(client: FlaskClient, database: Database) -> int:
    """Where the site's news end."""
    return head(database)


def head(database: Database) -> int:
    with database.read() as db:
        return heads(db).get(SITE, 0)


def say(database: Database, *keys: str) -> None:
    for key in keys:
        with database.write() as db:
            post_news(db, PointNews(site=SITE, key=key))


def change(place: int, key: str) -> tuple[str, str, str]:
    text = f'{{"site": "{SITE}", "what": "point", "key": "{key}"}}'
    return "change", f"{SITE}={place}", text


def test_each_change_comes_with_how_far_it_is(
    client: FlaskClient, database: Database, place: int
) -> None:
    following = Stream(client)
    assert following.next() == ("start", f"{SITE}={place}", "{}")
    say(database, "laser", "saw")
    assert following.next() == change(place + 1, "laser")
    assert following.next() == change(place + 2, "saw")
    following.close()


@pytest.mark.parametrize("by", ["header", "address"])
def test_who_comes_back_is_told_what_was_missed_also_by_another_process(
    database: Database, clock: Clock, place: int, by: str
) -> None:
    say(database, "laser", "saw", "lathe")
    had = f"{SITE}={place + 1}"
    path = f"/live?site={SITE}"
    said = (path, had) if by == "header" else (f"{path}&after={had}", "")
    with served(database, clock) as restarted:
        following = Stream(restarted, *said)
        assert following.next() == ("start", had, "{}")
        assert following.next() == change(place + 2, "saw")
        assert following.next() == change(place + 3, "lathe")
        say(database, "plotter")
        assert following.next() == change(place + 4, "plotter")
        following.close()


def _gone(database: Database, place: int) -> Iterator[str]:
    """What a reader may say whom nothing can be told any more."""
    yield f"{SITE}={place}"
    yield f"{SITE}={place + 1000}"
    yield f"{SITE}=-1"
    yield "7"
    yield "é"
    yield f"{SITE}={place},"


def test_whom_nothing_can_be_told_any_more_is_told_to_begin_anew(
    client: FlaskClient, database: Database, place: int
) -> None:
    say(database, "laser", "saw")
    with database.write() as db:
        db.execute(delete(OutboxRow).where(OutboxRow.position <= place + 1))
    for said in _gone(database, place):
        following = Stream(client, f"/live?site={SITE}&after={said}")
        assert following.next() == ("reload", f"{SITE}={place + 2}", "{}"), said
        following.close()


def test_who_has_missed_very_much_begins_anew(
    client: FlaskClient, database: Database, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "BEHIND_AT_MOST", 2)
    say(database, "a", "b", "c")
    following = Stream(client, after=f"{SITE}={place}")
    assert following.next()[0] == "reload"
    following.close()


def test_without_a_site_it_is_all_that_one_may_see(
    client: FlaskClient, database: Database, place: int
) -> None:
    following = Stream(client, "/live")
    assert following.next() == ("start", f"{SITE}={place}", "{}")
    say(database, "laser")
    with database.write() as db:
        post_news(db, PointNews(site="elsewhere", key="saw"))
    say(database, "lathe")
    assert following.next() == change(place + 1, "laser")
    assert following.next() == change(place + 2, "lathe")
    following.close()
    assert client.get("/live?site=elsewhere").status_code == 404
