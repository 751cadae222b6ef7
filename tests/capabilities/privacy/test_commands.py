"""What a place does by hand, and what its hub does by itself: with real commands and threads."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from controller.capabilities.alarms.controller_alarms import set_job_alarm
from controller.capabilities.privacy.capability import FIRST_S
from controller.capabilities.privacy.models import MemberDue
from controller.cli import main
from controller.hub.lease import Leases
from controller.kernel import job_rows
from controller.kernel.database import wall_clock
from controller.kernel.job_runner import JobRunner
from controller.kernel.journal import EventRow
from controller.kernel.models import AuditEntry
from controller.settings import Settings
from tests.capabilities.privacy.lived import EMAIL, NAME, Lived
from tests.capabilities.privacy.scan import in_files, in_rows
from tests.support.until import until


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


def confirm_the_date(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As an admin does after a long closure."""
    found = loquet(config, capsys, "clock", "confirm", wall_clock().date().isoformat())
    assert found["doubt"] is None


def test_by_hand_with_everything_sound_before_and_after(
    lived: Lived, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    confirm_the_date(config, capsys)  # this place has been closed since it was lived in
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
    printed = capsys.readouterr()
    assert ": event 4 is not what the agent sealed" in printed.out
    assert "the journals are broken in" in printed.err


def test_a_backup_from_before_brings_nobody_back(
    lived: Lived,
    config: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    postgres_programs: None,
) -> None:
    before, after = tmp_path / "before.db", tmp_path / "after.db"
    loquet(config, capsys, "db", "backup", str(before))
    lived.call("POST", f"/members/{lived.ids['zoe']}/erase", {"reason": "asked for by letter"})
    loquet(config, capsys, "db", "backup", str(after))
    lived.database.engine.dispose()
    assert loquet(config, capsys, "db", "restore", str(before))["erased_again"] == 1
    left = in_rows(lived.database, [NAME, EMAIL])
    assert left == {("audit_note", "text", NAME)}, "about a box, not about her"
    if lived.database.engine.dialect.name == "sqlite":
        assert {name for name, _ in in_files(tmp_path, [EMAIL])} == {"before.db"}
    lived.database.engine.dispose()
    assert loquet(config, capsys, "db", "restore", str(after))["erased_again"] == 0


def test_a_hub_does_it_for_the_sites_whose_lease_it_holds(lived: Lived) -> None:
    lived.later(days=98)
    holder, other = (
        Leases(lived.database, name, clock=lived.clock, monotonic=lambda: 0.0)
        for name in ("holder", "other")
    )
    holder.renew()
    other.renew()
    elapsed_s = [0.0]
    runners = [
        JobRunner(
            lived.database,
            name,
            Settings(),
            alarm=set_job_alarm,
            sites=leases.own_sites,
            clock=lived.clock,
            monotonic=lambda: elapsed_s[0],
        )
        for name, leases in (("other", other), ("holder", holder))
    ]

    def done() -> list[bool]:
        with lived.database.read() as db:
            found = [state for state in job_rows.states(db) if state.name == "retention"]
        return [state.succeeded_at is not None for state in found]

    for runner in runners:
        runner.poll()
    assert done() == [], "agents that reconnect come first"
    elapsed_s[0] = FIRST_S + 1
    runners[0].poll()
    assert done() == [], "it holds no lease"
    runners[1].poll()
    until(lambda: done() == [True], "retention is not done")
    with lived.database.read() as db:
        applied = AuditEntry.action == "retention_applied"
        assert db.scalar(select(func.count()).where(applied)) > 0  # type: ignore[operator]
        wiped = EventRow.body.is_(None)
        assert db.scalar(select(func.count()).select_from(EventRow).where(wiped)) == 41


def test_records_that_are_due_are_listed_and_kept_by_hand(
    lived: Lived, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    zoe = lived.ids["zoe"]
    with lived.database.write() as db:
        db.add(MemberDue(member_id=zoe, site_id="fabrique", due_since=wall_clock()))
    assert [item["member_id"] for item in loquet(config, capsys, "member", "due")] == [zoe]
    assert loquet(config, capsys, "member", "keep", "--id", zoe) == []
    assert main(["member", "keep", "--id", zoe, "--config", str(config)]) == 1
    assert "no waiting record" in capsys.readouterr().err
