"""An upgrade to the next release: checked before it is committed, or taken back as a whole."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine

from controller import assembly
from controller.cli import main
from controller.store.backup import contents_of
from tests.support.filled import filled_place
from tests.support.next_release import NEXT_HOUSE
from tests.support.terminal import a_terminal


@pytest.fixture(params=["sqlite", "postgresql"])
def config(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of a place as this release left it, for commands of the next."""
    monkeypatch.setattr(assembly, "HOUSE", NEXT_HOUSE)
    return filled_place(request.param, request, tmp_path)


def url_of(config: Path) -> str:
    return config.read_text().split('"')[1]


def test_a_migration_that_fails_is_taken_back_and_says_so(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One comes upon a table that somebody has made; without it, it goes through."""
    url = url_of(config).replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE member_contact (whose TEXT)")
    before = contents_of(url_of(config))
    assert main(["upgrade", "--config", str(config)]) == 1
    said = capsys.readouterr().err
    assert "the upgrade failed and was undone" in said
    assert "member_contact" in said
    assert len(said.splitlines()) == 1
    assert contents_of(url_of(config)) == before
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE member_contact")
    engine.dispose()
    with a_terminal() as shown:
        assert main(["upgrade", "--config", str(config), "--json"]) == 0
        steps = ["copying the database: 1 of 3", "upgrading it: 2 of 3", "checking it: 3 of 3"]
        assert shown() == ["", *steps, ""]
    assert '"from": "1000"' in capsys.readouterr().out
    kept = list((config.parent / "var/upgrades").iterdir())
    assert len(kept) == 2
    assert all(file.stat().st_size > 10_000 for file in kept)
    assert main(["upgrade", "--config", str(config)]) == 0
    assert "already" in capsys.readouterr().out
