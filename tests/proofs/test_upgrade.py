"""The power goes at each step of an upgrade and of a restore: `./run prove --long`.

A large place (100,000 members, a million events) is upgraded too, and backed up.
"""

import os
import re
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from sqlite3 import connect
from typing import NamedTuple

import psycopg
import pytest

from controller.settings.reading import load
from controller.store.backup import contents_of
from tests.proofs.upgrade import AWAY_S, EVENTS, MEMBERS, grow
from tests.support.filled import filled_place, put_keys

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]
EVERY = int(os.environ.get("LOQUET_PROOF_EVERY", "3"))
"""Of so many steps of a restore the power goes at one; an upgrade has ten times as many."""
CUT = """
import os, signal, sys
from sqlalchemy import Engine, event
from controller import assembly
from tests.support.next_release import NEXT_HOUSE

assembly.HOUSE = NEXT_HOUSE  # before any command is imported

from controller.cli import main

left = int(sys.argv[1])

def step(*_):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

def heard(name, args):
    writes = name == "open" and args[2] & (os.O_WRONLY | os.O_RDWR)
    if writes or name in ("os.rename", "os.link", "os.remove", "subprocess.Popen"):
        step()

sys.addaudithook(heard)
event.listen(Engine, "before_cursor_execute", step)
event.listen(Engine, "commit", step)
code = main(sys.argv[2:])
print("STEPS", int(sys.argv[1]) - left)
sys.exit(code)
"""


class Ended(NamedTuple):
    """How a command ended: None where it was killed."""

    code: int | None
    said: str

    @property
    def steps(self) -> int:
        found = re.search(r"STEPS (\d+)", self.said)
        assert found, self.said
        return int(found[1])


def cut(config: Path, step: int, *words: str) -> Ended:
    """Run a command that is killed at that step, if it comes to it."""
    command = [sys.executable, "-B", "-c", CUT, str(step), *words, "--config", str(config)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return Ended(None if done.returncode == -9 else done.returncode, done.stdout + done.stderr)


def loquet(config: Path, *words: str) -> Ended:
    """The same with all the power that it wants."""
    return cut(config, 10**9, *words)


def url_of(config: Path) -> str:
    return load(config).database.url


def asked(config: Path, statement: str) -> object:
    """The first value of an answer."""
    url = url_of(config)
    if url.startswith("sqlite"):
        with closing(connect(url.removeprefix("sqlite:///"))) as db, db:
            row = db.execute(statement).fetchone()
    else:
        with psycopg.connect(url) as server:
            cursor = server.execute(statement.encode())
            row = cursor.fetchone() if cursor.description else None
    return row[0] if row else None


@pytest.fixture(params=["sqlite", "postgresql"])
def config(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Of a place as this release left it, with keys."""
    made = filled_place(request.param, request, tmp_path)
    put_keys(made)
    return made


def test_an_upgrade_is_done_or_was_never_begun(config: Path, tmp_path: Path) -> None:
    """Killed at one step of some, each time, until one goes through or was done by then."""
    before, kills = contents_of(url_of(config)), 0
    step = 1
    while cut(config, step, "upgrade").code is None:
        kills += 1
        if asked(config, "SELECT version_num FROM alembic_version") != "1000":
            break
        assert contents_of(url_of(config)) == before
        step += 10 * EVERY
    assert "already" in loquet(config, "upgrade").said
    assert loquet(config, "db", "check").code == 0
    after = contents_of(url_of(config))
    assert all(after[name].rows >= before[name].rows for name in before if name in after)
    print(f"killed {kills} times in {step} steps")
    assert kills > 3


def test_a_restore_is_done_or_was_never_begun(config: Path, tmp_path: Path) -> None:
    """Never the backup's facts in the epoch from before: agents would keep their newer ones."""
    assert loquet(config, "upgrade").code == 0
    file = str(tmp_path / "file")
    assert loquet(config, "db", "backup", file).code == 0
    kills = cut_off = 0
    step = 1
    while True:
        asked(config, "UPDATE policy_site SET epoch = epoch + 1")
        asked(config, "UPDATE member SET display_name = 'since the backup'")
        old = asked(config, "SELECT max(epoch) FROM policy_site")
        ended = cut(config, step, "db", "restore", file, "--yes")
        check = loquet(config, "db", "check")
        if "run the same command again" in check.said:
            cut_off += 1
            assert loquet(config, "db", "restore", file, "--yes").code == 0
            check = loquet(config, "db", "check")
        is_old = asked(config, "SELECT max(display_name) FROM member") == "since the backup"
        epoch = asked(config, "SELECT max(epoch) FROM policy_site")
        assert (epoch == old) if is_old else (epoch > old)  # type: ignore[operator]
        if not is_old:
            assert check.code == 0, check.said
        if ended.code is not None:
            break
        kills += 1
        step += EVERY
    assert ended.code == 0, ended.said
    assert not is_old
    print(f"killed {kills} times in {ended.steps} steps; {cut_off} were to be run again")
    assert kills >= ended.steps // EVERY


@pytest.mark.needs("restic")
def test_a_place_comes_back_with_its_keys_or_not_at_all(config: Path, tmp_path: Path) -> None:
    """From an archive: never the database of one time with the keys of another."""
    with config.open("a") as more:
        more.write(f'[backup]\nrepository = "{tmp_path}/r"\npassword_file = "{tmp_path}/p"\n')
    for words in (("upgrade",), ("backup", "init"), ("backup",)):
        assert loquet(config, *words).code == 0
    key = tmp_path / "var/keys/credential.key"
    then, since = key.read_text(), (b"n" * 32).hex()
    kills, step = 0, 1
    while True:
        key.write_text(since)
        asked(config, "UPDATE member SET display_name = 'since the backup'")
        ended = cut(config, step, "backup", "restore", "--yes")
        if "run the same command again" in loquet(config, "db", "check").said:
            assert loquet(config, "backup", "restore", "--yes").code == 0
        is_old = asked(config, "SELECT max(display_name) FROM member") == "since the backup"
        assert key.read_text() == (since if is_old else then)
        if ended.code is not None:
            break
        kills += 1
        step += EVERY
    assert ended.code == 0, ended.said
    assert not is_old
    print(f"killed {kills} times in {ended.steps} steps")
    assert kills > 3


def test_a_large_place_is_upgraded_within_a_minute_and_its_backup_is_proved(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """On SQLite; the controller is away for as long as it takes, and agents decide meanwhile."""
    config = filled_place("sqlite", request, tmp_path)
    with closing(connect(tmp_path / "var/loquet.db")) as db, db:
        grow(db)
    before = contents_of(url_of(config))
    assert before["member"].rows > MEMBERS
    assert before["event"].rows > EVENTS
    step, killed = 1, 0
    while step < 400:
        killed += cut(config, step, "upgrade").code is None
        step += 97
    assert contents_of(url_of(config)) == before
    took = _took(config, "upgrade")
    after = contents_of(url_of(config))
    assert all(after[name].rows >= before[name].rows for name in before)
    print(f"upgraded in {took:.1f} s, after {killed} power cuts")
    assert took <= AWAY_S
    with config.open("a") as more:
        more.write(f'[backup]\nrepository = "{tmp_path}/r"\npassword_file = "{tmp_path}/p"\n')
    assert loquet(config, "backup", "init").code == 0
    print(f"backed up and proved in {_took(config, 'backup'):.1f} s")


def _took(config: Path, *words: str) -> float:
    began = time.monotonic()
    ended = loquet(config, *words)
    assert ended.code == 0, ended.said
    return time.monotonic() - began
