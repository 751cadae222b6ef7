"""The real 0.2.0, with 100,000 members and a million events, upgraded while people tap.

Its hub, pages and agents are that version's own programs; `./run prove --long`.
"""

import json
import os
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

import msgspec
import pytest

from controller.cli.demo.layout import Layout, Ports
from controller.cli.demo.processes import Place as Processes
from controller.cli.demo.processes import Process, loquet
from controller.cli.demo.seed import Secrets
from controller.cli.demo.start import Demo
from controller.cli.http import Browser, HttpFailed
from controller.store.backup import contents_of
from devices.sim.client import SimBench
from tests.faults.restored_place import Place
from tests.proofs.test_upgrade import AWAY_S, EVENTS, MEMBERS, grow
from tests.support.earlier import earlier
from tests.support.until import until

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800), pytest.mark.needs("mosquitto")]
DRIVER = """
import sys
from pathlib import Path
from controller.cli.demo.start import start

demo = start(Path(sys.argv[1]), 0, lambda line: None)
print("ready", flush=True)
for line in sys.stdin:
    demo.serve.held = line == "hold\\n"
    if demo.serve.held:
        demo.serve.popen.terminate()
        demo.serve.popen.wait()
    print("done", flush=True)
demo.place.stop()
"""


class Earlier:
    """The demo of 0.2.0, whose controller can be held."""

    def __init__(self, python: Path, state: Path) -> None:
        self.process = subprocess.Popen(
            [str(python), "-c", DRIVER, str(state)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=state.parent,
            env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        )
        self._hears("ready")

    def say(self, word: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()
        self._hears("done")

    def end(self) -> None:
        self.process.communicate(timeout=60)

    def _hears(self, word: str) -> None:
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == f"{word}\n"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[Place, Earlier]]:
    """Grown while it does not run, then open again."""
    state = tmp_path / "state"
    python = earlier("0.2.0", tmp_path)
    Earlier(python, state).end()
    with closing(connect(state / "loquet.db")) as db, db:
        grow(db)
    old = Earlier(python, state)
    layout = Layout.under(state)
    made = Processes(tmp_path / "logs", lambda _line: None)
    (tmp_path / "logs").mkdir()
    words = loquet("serve", "--config", str(layout.config))
    nobody = Process("nobody", [], tmp_path / "logs/nobody.log")
    demo = Demo(
        layout=layout,
        ports=Ports(**json.loads((state / "ports.json").read_text())),
        secrets=_secrets(state),
        place=made,
        broker=nobody,
        pins=nobody,
        serve=Process("serve", words, tmp_path / "logs/serve.log"),
        agents={each.name: nobody for each in (state / "agents").iterdir()},
    )
    with SimBench(str(layout.socket)) as bench:
        yield Place(demo, bench, tmp_path, f"sqlite:///{state}/loquet.db"), old
    if demo.serve.popen is not None:
        demo.serve.popen.terminate()
        demo.serve.popen.wait(60)
    old.end()


def _secrets(state: Path) -> Secrets:
    return msgspec.json.decode((state / "secrets.json").read_bytes(), type=Secrets)


def test_nobody_is_refused_nothing_is_lost_and_the_pages_are_back_within_a_minute(
    place: tuple[Place, Earlier],
) -> None:
    """And a migration that fails leaves 0.2.0 with what it had, which goes on."""
    here, old = place
    before = contents_of(here.url)
    assert before["member"].rows > MEMBERS
    assert before["event"].rows > EVENTS
    here.begin_to_tap()
    here.more_taps(20)
    _fails(here, old)
    here.more_taps(20)
    old.say("hold")
    began = time.monotonic()
    done = here.loquet("upgrade")
    migrated = time.monotonic() - began
    assert done.code == 0, done.err
    here.demo.serve.start()
    until(lambda: is_open(here), "the pages do not come back", 300)
    away = time.monotonic() - began
    here.more_taps(50)
    here.end_taps()
    here.settled()
    journals, held = here.journals(), here.held()  # boxes tell more meanwhile
    for stream, _last, through, _ in journals.values():
        numbers = Counter(number for number in held[stream] if number <= through)
        assert numbers == Counter(range(1, through + 1)), "each once"
    told = here.decided()
    print(f"{here.taps} taps: {told}; away {away:.1f} s, of which migrating {migrated:.1f} s")
    assert told == {"access_granted": here.taps, "access_denied": 0}
    assert here.loquet("db", "check").code == 0
    assert away <= AWAY_S


def _fails(here: Place, old: Earlier) -> None:
    """One comes upon a table that somebody has made: all is taken back, and 0.2.0 goes on."""
    old.say("hold")
    file = here.url.removeprefix("sqlite:///")
    with closing(connect(file)) as db, db:
        db.execute("CREATE TABLE agent_away (whose TEXT)")
    before = contents_of(here.url)
    failed = here.loquet("upgrade")
    assert failed.code == 1
    assert "the upgrade failed and was taken back" in failed.err
    assert failed.err.count("\n") == 1
    print(failed.err.strip())
    assert contents_of(here.url) == before
    with closing(connect(file)) as db, db:
        db.execute("DROP TABLE agent_away")
    old.say("go")
    until(lambda: is_open(here), "0.2.0 does not go on", 120)


def is_open(here: Place) -> bool:
    """Whether a page is answered."""
    try:
        return bool(Browser(here.demo.url).get("/sign-in"))
    except HttpFailed:
        return False
