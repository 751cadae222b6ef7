"""`loquet money check`: everything reckoned once more, and what somebody changed in the file."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text

from controller.cli import main
from tests.capabilities.billing.month import ended, follow, set_tariff, somebody
from tests.capabilities.conftest import Place
from tests.support.terminal import a_terminal


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_it_finds_what_was_changed_behind_its_back(
    place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    set_tariff(place)
    _, ref = somebody(place)
    with place.database.write() as db:
        session = ended(db, ref, 38)
    follow(place)
    config = tmp_path / "config.toml"
    url = place.database.engine.url.render_as_string(hide_password=False)
    config.write_text(f'[site]\nid = "here"\n[database]\nurl = "{url}"\n', encoding="utf-8")
    command = ["money", "check", "--config", str(config), "--json"]
    with a_terminal() as shown:
        assert main(command) == 0
        assert shown() == ["", "months of people: 1 of 1", ""]
    found = json.loads(capsys.readouterr().out)
    assert (found["units"], found["debit_cents"], found["credit_cents"]) == (1, 300, 300)
    with place.database.write() as db:
        db.execute(text("DROP TRIGGER charge_no_edit"))
        db.execute(text("UPDATE charge SET amount_cents = 1"))
    assert main(command) == 1
    assert json.loads(capsys.readouterr().out)["different"] == [f"2026-11 session {session}"]
