"""The power goes at each step of an agent's upgrade and of its policy's writing.

`LOQUET_PROOF_EVERY` other than 1 leaves steps out; `./run prove --long`.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

import pytest

from controller.wire.commands import Upgrade
from controller.wire.digest import PolicyDigest
from controller.wire.topics import Channel
from devices.agent.policy.store import PolicyStore, StoredRow
from tests.devices.whole import test_agent_programs as whole
from tests.devices.whole.agent_programs import NEW, Kept, made
from tests.support import program_archive
from tests.support.agent_place import Place
from tests.support.program_archive import SITE, Store
from tests.support.tree import ROOT
from tests.support.until import until

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600), pytest.mark.needs("mosquitto")]
EVERY = int(os.environ.get("LOQUET_PROOF_EVERY", "1"))
place, store = whole.place, whole.store
CUT = """
import os, signal, sys

WRITES = ("os.rename", "os.remove", "os.mkdir", "os.symlink", "os.rmdir", "os.exec")

def heard(name, args):
    if name == "open":
        counts = isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR)
    else:
        counts = name in WRITES
    if counts and "program" in f"{args[0]} {args[1] if name == 'os.rename' else ''}":
        left = int(os.pread(file, 20, 0)) - 1
        os.pwrite(file, b"%020d" % left, 0)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

if "LOQUET_CUT" in os.environ:
    file = os.open(os.environ["LOQUET_CUT"], os.O_RDWR)
    sys.addaudithook(heard)
"""
POLICY = """
import os, signal, sys
from pathlib import Path
from devices.agent.policy.store import PolicyStore, StoredRow

left = int(sys.argv[2])

def step(_statement):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

def row(key, version, value=b'{"x":1}'):
    return StoredRow("holder", key, version, value)

store = PolicyStore.open(Path(sys.argv[1]))
store._db.set_trace_callback(step)
store.apply([row("a", 2, b'{"x":2}'), row("b", 2, None), row("c", 2)], 1, 2)
store.begin_sync()
store.stage([row("a", 1), row("d", 4)])
store.stage([row("e", 5)])
store.finish_sync(2, 5, snapshot=True)
store.close()
print("STEPS", int(sys.argv[2]) - left)
"""
HELD = {(1, 1): {"a": 1, "b": 1}, (1, 2): {"a": 2, "c": 2}, (2, 5): {"a": 1, "d": 4, "e": 5}}
"""What an agent may hold, by epoch and version: before, after a delta, after a snapshot."""


class Cut:
    """Whether, and when, the agent is killed."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.file = folder / "left"
        self.set(10**9)
        (folder / "hook").mkdir()
        (folder / "hook/sitecustomize.py").write_text(CUT)
        monkeypatch.setenv("LOQUET_CUT", str(self.file))
        monkeypatch.setenv("PYTHONPATH", f"{folder / 'hook'}:{ROOT}")

    def set(self, steps: int) -> None:
        self.file.write_bytes(b"%020d" % steps)

    @property
    def left(self) -> int:
        return int(self.file.read_text())


@pytest.fixture
def cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cut:
    return Cut(tmp_path, monkeypatch)


@pytest.fixture
def kept(place: Place, store: Store, cut: Cut) -> Iterator[Kept]:
    place.teach()
    kept = Kept(place)
    place.in_step()
    kept.boot = place.hub.wait(Channel.STATUS).boot_id
    yield kept
    kept.end()


def test_an_upgrade_of_an_agent_goes_on_after_each_cut(
    place: Place, store: Store, kept: Kept, cut: Cut
) -> None:
    """Whichever step was the last, the agent comes up, and runs the new program in the end."""
    files = program_archive.contents(NEW) | {
        f"{SITE}/cut.py": CUT,
        f"{SITE}/cut.pth": "import cut\n",
    }
    serial, steps, kills = 2000, 1, 0
    while True:
        serial += 1
        order = made(place, store, serial, files)
        cut.set(steps)
        _runs(kept, order)
        if cut.left > 0:
            break
        kills += 1
        steps += EVERY
    print(f"killed at {kills} steps of {steps}; each time it ran the new program in the end")
    assert kills * EVERY > 15


def _runs(kept: Kept, order: Upgrade) -> None:
    """Ask until it runs: the order itself may be what was lost."""
    place = kept.place
    place.hub.forget_messages()
    place.hub.send(order, kept.boot)

    def is_there() -> bool:
        told_now = [m for _, _, m in place.hub.messages if getattr(m, "program", None)]
        if not told_now:
            return False
        program = told_now[-1].program
        if program.serial == order.serial and program.state == "rest":
            return True
        if program.state == "rest" and program.coming == 0:
            assert program.failed != order.serial, program
            place.hub.send(order, kept.boot)
        return False

    until(is_there, lambda: f"{place.hub.messages[-5:]}", 300)


def test_a_policy_is_the_one_before_or_the_one_after(tmp_path: Path) -> None:
    """Killed at each statement of a delta and of a paged snapshot: never half of either."""
    kills, seen = 0, set()
    while True:
        file = tmp_path / f"{kills}.db"
        store = PolicyStore.open(file)
        store.apply([StoredRow("holder", key, 1, b"{}") for key in "ab"], 1, 1)
        store.close()
        words = [sys.executable, "-c", POLICY, str(file), str(kills + 1)]
        ended = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
        seen.add(_held(file))
        if ended.returncode == 0:
            break
        assert ended.returncode == -signal.SIGKILL, ended.stderr
        kills += 1
    print(f"killed at each of {kills} statements")
    assert kills > 15
    assert seen == HELD.keys()


def _held(file: Path) -> tuple[int, int]:
    """How far it is; its rows are those of that very version, and its sum is theirs."""
    store = PolicyStore.open(file)
    assert store.damaged == 0
    at = store.position
    rows = list(store.rows("holder"))
    assert {row.key: row.version for row in rows} == HELD[at.epoch, at.version]
    digest = PolicyDigest()
    with closing(connect(file)) as db:
        for table, key, version in db.execute("SELECT tab, key, version FROM row"):
            digest.add(table, key, version)
    assert digest.text == at.digest
    store.close()
    return at.epoch, at.version
