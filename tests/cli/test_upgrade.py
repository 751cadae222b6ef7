"""An upgrade from 0.2.0: looked through before it is committed, or taken back as a whole."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from controller.capabilities.agents.installation import own_key
from controller.capabilities.badges.vault import Vault
from controller.cli import main
from controller.settings import load
from controller.store.backup import contents_of
from controller.store.engine import open_database
from tests.support.frozen import frozen


@pytest.fixture(params=["sqlite", "postgresql"])
def config(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Of a place as Loquet 0.2.0 left it."""
    return frozen(request.param, request, tmp_path)


def url_of(config: Path) -> str:
    return config.read_text().split('"')[1]


def test_a_migration_that_fails_is_taken_back_and_says_so(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One comes upon a table that somebody has made; without it, it goes through."""
    url = url_of(config).replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE agent_away (whose TEXT)")
    before = contents_of(url_of(config))
    assert main(["upgrade", "--config", str(config)]) == 1
    said = capsys.readouterr().err
    assert "the upgrade failed and was taken back" in said
    assert "agent_away" in said
    assert len(said.splitlines()) == 1
    assert contents_of(url_of(config)) == before
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE agent_away")
    engine.dispose()
    assert main(["upgrade", "--config", str(config), "--json"]) == 0
    assert '"from": "0001"' in capsys.readouterr().out
    kept = list((config.parent / "var/upgrades").iterdir())
    assert len(kept) == 2
    assert all(file.stat().st_size > 10_000 for file in kept)
    assert main(["upgrade", "--config", str(config)]) == 0
    assert "already" in capsys.readouterr().out


def test_badge_numbers_are_sealed_with_a_key_that_no_agent_has(config: Path) -> None:
    """All that the agents' key opened; what it did not open stays, and a second upgrade is none."""
    settings, theirs = load(config, {}), b"k" * 32
    keys = Path(settings.site.keys)
    keys.mkdir(parents=True)
    (keys / "credential.key").write_text(theirs.hex())
    (keys / "ca.key").touch()
    before, foreign = sealed_in(config), Vault(theirs, bytes(32))
    numbers = {row: foreign.open(sealed, row) for row, sealed in before.items()}
    lost = min(numbers)
    put(config, lost, foreign.seal(numbers.pop(lost), lost))
    as_lost = sealed_in(config)[lost]
    assert main(["upgrade", "--config", str(config)]) == 0
    ours, after = Vault(theirs, own_key(settings)), sealed_in(config)
    assert {row: ours.open(after[row], row) for row in numbers} == numbers
    assert all(ours.is_own(after[row], row) for row in numbers)
    assert after[lost] == as_lost
    assert main(["upgrade", "--config", str(config)]) == 0
    assert sealed_in(config) == after


def test_no_other_computer_seals_numbers_with_a_key_of_its_own(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither a hub's, which has the agents' key alone, nor a second one that serves pages."""
    keys = Path(load(config, {}).site.keys)
    keys.mkdir(parents=True)
    (keys / "credential.key").write_text((b"k" * 32).hex())
    before = sealed_in(config)
    assert main(["upgrade", "--config", str(config)]) == 0
    assert sealed_in(config) == before
    assert not (keys / "card.key").exists()
    (keys / "ca.key").touch()
    assert main(["upgrade", "--config", str(config)]) == 0
    after = sealed_in(config)
    (keys / "card.key").unlink()
    assert main(["upgrade", "--config", str(config)]) == 1
    assert "copy it from the computer that was upgraded first" in capsys.readouterr().err
    assert sealed_in(config) == after
    assert not (keys / "card.key").exists()


def sealed_in(config: Path) -> dict[str, bytes]:
    """By the id of the badge."""
    engine = open_database(load(config, {}).database.url)
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT id, sealed FROM credential").all()
    engine.dispose()
    assert found
    return {str(row): bytes(sealed) for row, sealed in found}


def put(config: Path, row: str, sealed: bytes) -> None:
    engine = open_database(load(config, {}).database.url)
    with engine.begin() as connection:
        change = text("UPDATE credential SET sealed = :sealed WHERE id = :row")
        connection.execute(change, {"sealed": sealed, "row": row})
    engine.dispose()
