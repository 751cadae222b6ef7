"""`loquet report`: several months; totals made again give the same figures, or correct them."""

import json
from pathlib import Path

import pytest
from sqlalchemy import update

from controller.capabilities.usage import totals
from controller.capabilities.usage.models import UsageDay
from controller.cli import main
from tests.capabilities.billing.month import NOVEMBER, OCTOBER, ended, somebody
from tests.capabilities.conftest import Place
from tests.capabilities.statistics.figures import read


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_same_figures_come_out_and_one_that_was_changed_is_told(
    place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, ref = somebody(place)
    with place.database.write() as db:
        ended(db, ref, 38)
        ended(db, ref, 12, ago_days=40)
        totals.recount(db, "here")
    before = read(place, OCTOBER, NOVEMBER)
    config = _config(place, tmp_path)
    period = ["--month", OCTOBER, "--until", NOVEMBER]
    command = ["report", "rebuild", *period, "--config", str(config), "--json"]
    assert main(command) == 0
    assert json.loads(capsys.readouterr().out)["different"] == []
    with place.database.write() as db:
        db.execute(update(UsageDay).values(active_ms=1))
    assert main(command) == 1
    told = json.loads(capsys.readouterr().out)["different"]
    assert f"{NOVEMBER} machine_time laser-1: 1 was {38 * 60_000}" in told
    assert read(place, OCTOBER, NOVEMBER) == before
    assert main(command) == 0


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_use_of_several_months_is_reported_by_month(
    place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, ref = somebody(place)
    with place.database.write() as db:
        ended(db, ref, 38)
        ended(db, ref, 12, ago_days=40)
        totals.recount(db, "here")
    config = _config(place, tmp_path)
    period = ["--month", OCTOBER, "--until", NOVEMBER]
    assert main(["report", "usage", *period, "--config", str(config), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["month"], row["active_min"]) for row in rows] == [(OCTOBER, 12), (NOVEMBER, 38)]


def _config(place: Place, folder: Path) -> Path:
    config = folder / "config.toml"
    url = place.database.engine.url.render_as_string(hide_password=False)
    config.write_text(f'[site]\nid = "here"\n[database]\nurl = "{url}"\n', encoding="utf-8")
    return config
