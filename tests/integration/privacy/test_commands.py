"""What a place does by hand, and what its hub does by itself: with real commands and threads."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from controller.cli import main
from controller.hub.counters import Counters
from controller.hub.keeping import Keeping
from controller.hub.lease import Leases
from controller.kernel.database import wall_clock
from controller.kernel.journal import EventRow
from controller.kernel.models import AuditEntry
from controller.settings import RetentionSettings
from tests.integration.privacy.lived import NAME, Lived
from tests.integration.privacy.scan import in_files, in_rows

WAIT_S = 60.0


@pytest.fixture
def config(lived: Lived, tmp_path: Path) -> Path:
    """The configuration of the lived place, in which it is today."""
    lived.later(seconds=(wall_clock() - lived.clock.now).total_seconds())
    file = tmp_path / "config.toml"
    url = lived.database.engine.url.render_as_string(hide_password=False)
    file.write_text(f'[site]\nid = "fabrique"\n[database]\nurl = {json.dumps(url)}\n')
    return file


def loquet(config: Path, capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    """Run a command that must succeed; what it prints as JSON."""
    code = main([*words, "--config", str(config), "--json"])
    printed = capsys.readouterr()
    assert code == 0, printed.err
    return json.loads(printed.out)


def test_by_hand_with_everything_sound_before_and_after(
    lived: Lived, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        assert loquet(config, capsys, "audit", "verify") == {"holds": True}
        assert loquet(config, capsys, "db", "check")["journals_hold"]
        assert loquet(config, capsys, "db", "rebuild") == []
        loquet(config, capsys, "db", "retain")
    assert loquet(config, capsys, "db", "retain") == {}


def test_bytes_that_were_changed_are_found(
    lived: Lived, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with lived.database.engine.begin() as connection:
        drop = (
            "DROP TRIGGER event_no_update"
            if lived.database.engine.dialect.name == "sqlite"
            else "DROP TRIGGER event_append_only ON event"
        )
        connection.exec_driver_sql(drop)
        connection.exec_driver_sql("UPDATE event SET prev_hash = hash WHERE seq = 4")
    assert main(["db", "check", "--config", str(config)]) == 1
    assert "seq=4" in capsys.readouterr().err


def test_a_backup_from_before_brings_nobody_back(
    lived: Lived, config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if lived.database.engine.dialect.name != "sqlite":
        assert main(["db", "backup", str(tmp_path / "x"), "--config", str(config)]) == 1
        assert "pg_dump" in capsys.readouterr().err
        return
    before, after = tmp_path / "before.db", tmp_path / "after.db"
    loquet(config, capsys, "db", "backup", str(before))
    lived.call("POST", f"/members/{lived.ids['zoe']}/erase", {"reason": "asked for by letter"})
    loquet(config, capsys, "db", "backup", str(after))
    lived.database.engine.dispose()
    assert loquet(config, capsys, "db", "restore", str(before))["erased_again"] == 1
    assert in_rows(lived.database, [NAME]) == set()
    assert {name for name, _ in in_files(tmp_path, [NAME])} == {"before.db"}
    assert loquet(config, capsys, "db", "restore", str(after))["erased_again"] == 0


class Watched(Counters):
    """Tells when something was counted."""

    def __init__(self) -> None:
        super().__init__()
        self.done = threading.Event()

    def add(self, cause: str, number: int = 1) -> None:
        super().add(cause, number)
        if cause == "retained":
            self.done.set()


def test_a_hub_does_it_for_the_sites_whose_lease_it_holds(lived: Lived) -> None:
    lived.later(days=98)
    holder, other = (
        Leases(lived.database, name, clock=lived.clock, monotonic=lambda: 0.0)
        for name in ("holder", "other")
    )
    holder.renew()
    other.renew()
    counters, idle = Watched(), Watched()
    keepings = [
        Keeping(lived.database, leases, RetentionSettings(), counts, lived.clock, first_s=0.01)
        for leases, counts in ((holder, counters), (other, idle))
    ]
    for each in keepings:
        each.start()
    try:
        assert counters.done.wait(WAIT_S)
    finally:
        for each in keepings:
            each.stop()
    assert not idle.done.is_set()
    with lived.database.read() as db:
        applied = AuditEntry.action == "retention_applied"
        assert db.scalar(select(func.count()).where(applied)) > 0  # type: ignore[operator]
        wiped = EventRow.body.is_(None)
        assert db.scalar(select(func.count()).select_from(EventRow).where(wiped)) == 41
