"""A real FabOMatic 1.0.7 makes a database, which is brought; then its boards get equal answers.

The boards' words are its own classes'; what the firmware sends is as published.
"""

import json
import os
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select

from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.imports.bundle import ImportContext, import_bundle, preview
from controller.capabilities.imports.bundle import bundle as bundled
from controller.capabilities.imports.mapping import identity_mapping
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.training.models import HeldRow
from controller.integrations.fabomatic import boards, protocol
from controller.integrations.fabomatic.answers import answer
from controller.integrations.fabomatic.import_source import read_database
from controller.integrations.fabomatic.journal import Journal
from tests.capabilities.conftest import BOSS, VAULT, Place
from tests.capabilities.conftest import clock as clock
from tests.capabilities.conftest import database as database
from tests.capabilities.conftest import live as live
from tests.capabilities.conftest import place as place
from tests.peers.venv import bin_folder
from tests.support.tree import ROOT

Asked = list[tuple[int, dict[str, Any]]]


def theirs(folder: Path, asked: Asked) -> list[Any]:
    """What the real program answers."""
    words = [
        bin_folder("fabomatic", wheels_only=False) / "python",
        ROOT / "tests/proofs/fabomatic/answers.py",
        folder,
    ]
    done = subprocess.run(
        words,
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HOME": str(folder)},
    )
    said = [line for line in done.stdout.splitlines() if line.startswith("ANSWERS ")]
    assert said, done.stdout + done.stderr
    found: list[Any] = json.loads(said[0].removeprefix("ANSWERS "))
    return found


def ours(place: Place, asked: Asked) -> list[Any]:
    """What is answered here, as it goes over the wire."""
    journal, found = Journal(place.site), []
    for machine, said in asked:
        now = place.clock.forward(seconds=1)
        with place.database.write() as db:
            it = protocol.decode(json.dumps(said).encode())
            made = answer(
                db,
                place.site,
                machine,
                it,
                credential_key=VAULT.credential_key,
                journal=journal,
                now=now,
            )
        found.append(msgspec.to_builtins(made.reply))
    return found


def count(file: Path, query: str) -> int:
    with sqlite3.connect(file) as db:
        found: int = db.execute(query).fetchone()[0]
        return found


@pytest.mark.long
def test_a_real_database_is_brought_and_its_boards_get_the_same_answers(
    place: Place, tmp_path: Path
) -> None:
    theirs(tmp_path, [])
    file = tmp_path / "database.sqldb"
    found = read_database(file.read_bytes())
    brought = bundled(
        found.table, identity_mapping(found.table.headings), place.now, found.equipment
    )

    def at() -> ImportContext:
        now = place.clock.forward(seconds=1)
        return ImportContext(
            database=place.database, vault=VAULT, actor=BOSS, now=now, site_id="here"
        )

    looked = preview(brought, at())
    assert looked.problems == ()
    moment = at()
    made = import_bundle(
        brought,
        moment,
        add_machines=lambda db, machines: boards.link_imported(
            db, "here", machines, actor=BOSS, now=moment.now
        ),
    )
    living = "FROM users WHERE NOT deleted AND name <> 'Anonymous'"
    assert made.imported.members == count(file, f"SELECT count(*) {living}")
    assert made.machines == count(file, "SELECT count(*) FROM machines")
    everybody = f"SELECT card_UUID {living} AND card_UUID IS NOT NULL"
    with sqlite3.connect(file) as old:
        cards = [card for (card,) in old.execute(everybody)]
        machines = [key for (key,) in old.execute("SELECT machine_id FROM machines")]
        blocked = {key for (key,) in old.execute("SELECT machine_id FROM machines WHERE blocked")}
    with place.database.write() as db:
        assert db.scalar(select(func.count()).select_from(MemberRow)) == made.imported.members
        badges = db.scalar(select(func.count()).select_from(CredentialRow))
        assert badges == len(cards) - 1, "all but the card that every FabOMatic begins with"
        held = db.scalar(select(func.count()).select_from(HeldRow)) or 0
        for number in machines:
            boards.commission(db, "here", number, actor=BOSS, now=place.now)
    assert held == sum(len(cells[3].split("|")) for _, cells in found.table.rows if cells[3])
    assert preview(brought, at()).is_nothing
    asked: Asked = [
        (machine, {"action": "checkuser", "uid": card})
        for machine in machines
        for card in [*(c for c in cards if c != "12345678"), "00000001"]
    ]
    answers = ours(place, asked)
    for (machine, said), old_, new in zip(asked, theirs(tmp_path, asked), answers, strict=True):
        assert set(old_) == set(new), "each field that the firmware reads"
        if machine in blocked:  # its staff may use what is blocked; ours may not
            assert not new["is_valid"]
            continue
        assert old_["is_valid"] == new["is_valid"], (machine, said)
        assert (old_["level"] > 0) == (new["level"] > 0)
    granted = [s["uid"] for (m, s), n in zip(asked, answers, strict=True) if n["is_valid"]]
    assert 0 < len(granted) < len(asked)
    card = granted[0]
    use: Asked = [
        (machines[1], {"action": "checkmachine"}),
        (machines[1], {"action": "startuse", "uid": card}),
        (machines[1], {"action": "inuse", "uid": card, "duration": 30}),
        (machines[1], {"action": "stopuse", "uid": card, "duration": 60}),
        (999, {"action": "checkmachine"}),
    ]
    for old_, new in zip(theirs(tmp_path, use), ours(place, use), strict=True):
        assert set(old_) == set(new)
        assert (old_["request_ok"], old_.get("allowed")) == (new["request_ok"], new.get("allowed"))
    with place.database.read() as db:
        assert not db.get_one(AccessPointRow, "tour").in_service
