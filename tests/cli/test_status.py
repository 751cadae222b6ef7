"""`loquet status` shows on one screen what runs, and what needs a look."""

import argparse
import json
from datetime import timedelta
from pathlib import Path

import pytest

from controller.capabilities.alarms.controller_alarms import set_backup_alarm
from controller.cli import main
from controller.cli.init import initialise
from controller.cli.work import open_configured
from controller.kernel import backups
from controller.kernel.actor import Actor
from controller.kernel.database import wall_clock
from controller.settings import BackupSettings
from controller.settings.reading import load
from tests.cli.init import CONFIG

SYSTEMCTL = """#!/bin/sh
cat <<'ANSWER'
Id=loquet-serve.service
LoadState=loaded
ActiveState=active
ActiveEnterTimestamp=@1700000000

Id=loquet-agent.service
LoadState=not-found
ActiveState=inactive
ActiveEnterTimestamp=

Id=nginx.service
LoadState=loaded
ActiveState=inactive
ActiveEnterTimestamp=
ANSWER
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the configuration of a new place, on a computer whose systemd answers as above."""
    systemctl = tmp_path / "bin/systemctl"
    systemctl.parent.mkdir()
    systemctl.write_text(SYSTEMCTL)
    systemctl.chmod(0o755)
    monkeypatch.setenv("PATH", f"{systemctl.parent}:/usr/bin:/bin")
    file = tmp_path / "config.toml"
    file.write_text(CONFIG)
    initialise(load(file, {}))
    return file


def test_a_new_place_has_nothing_but_its_services(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["status", "--config", str(config)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Loquet ")
    assert lines[1].startswith("  loquet-serve: active for ")
    assert lines[1].endswith(" days")
    assert lines[2:5] == [
        "  nginx: inactive",
        "  last backup: none; set them up on the Backups page",
        "Loquet",
    ]
    assert lines[-1] == "  active alarms: none"


def test_alarms_and_the_last_backup_are_named(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    now = wall_clock()
    args = argparse.Namespace(config=config)
    with open_configured(args) as (_, database):
        with database.write() as db:
            backups.record_backup(db, Actor.system("test"), now - timedelta(days=30))
        with database.write() as db:
            set_backup_alarm(db, BackupSettings(repository="/mnt/nas", password_file="secret"), now)
    assert main(["status", "--config", str(config)]) == 0
    text = capsys.readouterr().out
    assert "  last backup: 30 days ago" in text
    assert "  active alarms: 1" in text
    assert main(["status", "--json", "--config", str(config)]) == 0
    told = json.loads(capsys.readouterr().out)
    (site,) = told["sites"]
    assert [alarm["kind"] for alarm in site["alarms"]] == ["backup_late"]
    assert told["units"][0] == {
        "name": "loquet-serve",
        "state": "active",
        "since": "2023-11-14T22:13:20Z",
    }


def test_a_computer_without_systemd_has_no_services(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(config.parent))
    assert main(["status", "--json", "--config", str(config)]) == 0
    assert json.loads(capsys.readouterr().out)["units"] == []
