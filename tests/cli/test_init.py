"""`loquet init` makes a place once, and no empty one under the keys of another."""

import json
from io import StringIO
from pathlib import Path

import pytest

from controller.cli import main
from tests.cli.init import CONFIG
from tests.support.filled import filled_place


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(CONFIG)
    return file


def init(config: Path, *words: str) -> int:
    return main(["init", "--config", str(config), *words])


def test_it_prints_a_code_until_there_is_an_account_and_no_longer(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert init(config, "--json") == 0
    first = json.loads(capsys.readouterr().out)
    assert (config.parent / "data/loquet.db").exists()
    assert str(config.parent / "keys/ca.key") in first["made"]
    assert init(config, "--json") == 0
    second = json.loads(capsys.readouterr().out)
    assert second["made"] == []
    assert second["setup_code"] != first["setup_code"]


def test_a_database_that_was_moved_away_is_not_made_anew(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert init(config) == 0
    database = config.parent / "data/loquet.db"
    away = database.rename(config.parent / "away.db")
    capsys.readouterr()
    assert init(config) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"database {database} is not there; put it back" in said
    assert not database.exists()
    away.rename(database)
    assert init(config) == 0


def test_who_lost_everything_begins_anew_by_a_code_of_the_server(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert init(config) == 0
    monkeypatch.setattr("sys.stdin", StringIO("correct horse battery\n"))
    user = ["--config", str(config), "--email", "claire@example.org", "--json"]
    assert main(["user", "add", *user, "--role", "admin"]) == 0
    capsys.readouterr()
    assert main(["user", "reset", *user]) == 0
    code = json.loads(capsys.readouterr().out)["code"]
    assert len(code.split("-")) == 4
    assert main(["user", "reset", *user[:3], "nobody"]) == 1


def test_no_second_computer_makes_a_key_of_its_own_for_badge_numbers(
    request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It would seal them so that no other computer opens them."""
    config = filled_place("sqlite", request, tmp_path)
    keys = tmp_path / "var/keys"
    keys.mkdir()
    (keys / "credential.key").write_text((b"k" * 32).hex())
    assert init(config) == 1
    assert "copy it from the computer that made it" in capsys.readouterr().err
    assert not (keys / "card.key").exists()
