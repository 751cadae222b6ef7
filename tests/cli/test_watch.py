"""`loquet watch` prints what is new once and in order, here and over HTTP, and ends cleanly."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from controller.assembly import HOUSE
from controller.capabilities.alarms.alarms import AlarmNews
from controller.capabilities.machines.changes import PointNews
from controller.cli import main
from controller.cli.http import HttpFailed
from controller.cli.watching import remote_stream
from controller.cli.watching.lines import Line
from controller.kernel import outbox
from controller.kernel.database import Database
from controller.kernel.news import News
from controller.kernel.outbox import post_news
from controller.store.engine import open_database
from tests.support.api_account import token_of
from tests.support.web_server import LOGIN, SITE, install, port_of, running


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory.mktemp("watch"))


@pytest.fixture
def database(config: Path) -> Iterator[Database]:
    engine = open_database(f"sqlite:///{config.parent / 'loquet.db'}")
    yield Database(engine, house=HOUSE)
    engine.dispose()


def say(database: Database, *keys: str, kind: type[News] = PointNews) -> None:
    for key in keys:
        with database.write() as db:
            post_news(db, kind(site=SITE, key=key))


def printed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_it_goes_on_where_it_was(
    config: Path, database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    watch = ["watch", "--config", str(config), "--once", "--json"]
    kept = [*watch, "--keep", str(tmp_path / "cursor"), "--types", "point"]
    assert main(kept) == 0
    assert printed(capsys) == []
    say(database, "laser", "saw")
    say(database, "smoke", kind=AlarmNews)
    assert main(kept) == 0
    laser, saw = printed(capsys)
    assert (laser["type"], laser["site"], laser["key"], saw["key"]) == (
        "point",
        SITE,
        "laser",
        "saw",
    )
    assert main(kept) == 0
    assert printed(capsys) == []
    assert main([*watch, "--from", laser["cursor"]]) == 0
    assert [item["key"] for item in printed(capsys)] == ["saw", "smoke"]
    assert main([*watch, "--from", f"{SITE}=999999"]) == 0
    assert [event["type"] for event in printed(capsys)] == ["missed"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--types", "pint"], "no such type: pint"),
        (["--from", "yesterday"], "--from yesterday"),
        (["--url", "https://a.example", "--once"], "--once reads the database here"),
    ],
)
def test_wrong_usage_says_what_there_is(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["watch", *words])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.system
def test_it_follows_until_it_is_told_to_end(config: Path, database: Database) -> None:
    say(database, "before")
    command = [sys.executable, "-m", "controller.cli", "watch", "--config", str(config)]
    with (
        subprocess.Popen(
            [*command, "--from", "start"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process,
        ExitStack() as stack,
    ):
        assert process.stdout is not None
        stack.callback(process.kill)
        next(line for line in process.stdout if json.loads(line).get("key") == "before")
        say(database, "after")
        assert json.loads(process.stdout.readline())["key"] == "after"
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (0, "", "")


@pytest.mark.system
def test_a_controller_elsewhere_that_is_restarted_is_followed_on(
    config: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_stream, "AGAIN_S", 0.2)
    token = token_of(str(database.engine.url), LOGIN)
    say(database, "known")
    with running(config) as process:
        port = port_of(process)
        address = f"http://127.0.0.1:{port}"
        with pytest.raises(HttpFailed, match="/live: "):
            next(remote_stream.lines(address, "wrong", "now", None))
        with database.read() as db:
            begin = f"{SITE}={outbox.head(db, SITE)}"
        lines = filter(lambda line: line.type, remote_stream.lines(address, token, begin, None))
        say(database, "first")
        assert next(lines).key == "first"
    say(database, "while it was away")
    with running(config, port) as process:
        port_of(process)
        found: Line = next(lines)
        assert (found.type, found.site, found.key) == ("point", SITE, "while it was away")
        assert found.at
        say(database, "last")
        assert next(lines).key == "last"


def test_a_token_goes_to_no_other_computer_in_the_clear() -> None:
    with pytest.raises(HttpFailed, match="https is needed"):
        next(remote_stream.lines("http://127.0.0.1.example.org", "t", "now", None))
