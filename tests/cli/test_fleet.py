"""A fleet's agents: they share rows, and keep in step and tell as a real one does."""

import json
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from controller.cli.bench.fleet.rows import SharedPolicy, SharedRows
from devices.agent.policy.store import PolicyStore, StoredRow


def rows(chance: Random, version: int) -> list[StoredRow]:
    """Some facts, of which some are none any more."""
    return [
        StoredRow(
            chance.choice(("holder", "plan", "card")),
            f"key-{chance.randrange(12)}",
            version,
            None if chance.random() < 0.3 else b'{"of":%d}' % version,
        )
        for _ in range(chance.randrange(1, 6))
    ]


def unique(some: list[StoredRow]) -> list[StoredRow]:
    """As a message has them: each key once."""
    return list({(row.table, row.key): row for row in some}.values())


@pytest.mark.parametrize("seed", range(20))
def test_a_copy_that_shares_rows_is_the_same_as_one_on_disk(tmp_path: Path, seed: int) -> None:
    chance, shared = Random(seed), SharedRows()
    disk, copy = PolicyStore.open(tmp_path / "policy.db"), SharedPolicy(shared)
    version = epoch = 1
    for _ in range(40):
        version += 1
        some = unique(rows(chance, version))
        if (act := chance.randrange(4)) < 2:
            tables = [store.apply(some, epoch, version) for store in (disk, copy)]
        else:
            epoch += chance.random() < 0.2
            snapshot, tables = act == 3, []
            for store in (disk, copy):
                store.begin_sync()
                store.stage(some)
                tables.append(store.finish_sync(epoch, version, snapshot=snapshot))
        assert tables[0] == tables[1]
        assert disk.position == copy.position
        for table in ("plan", "card"):
            assert list(disk.rows(table)) == sorted(copy.rows(table))
        if chance.random() < 0.1:
            shared.take(copy)
            copy = SharedPolicy(shared)
    disk.close()


@pytest.mark.system
@pytest.mark.timeout(1800)
@pytest.mark.needs("mosquitto")
def test_a_simulator_for_others_tells_all_and_says_where_it_is(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    words = "bench fleet --agents 4 --holders 30 --processes 2 --live 0.03 --every 0.3"
    command = [sys.executable, "-m", "controller.cli", *words.split(), "--ready-file", str(ready)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "0 events lost\n"), done.stderr
    assert set(json.loads(ready.read_text())) == {"web_url", "admin_token", "mqtt", "pids"}
