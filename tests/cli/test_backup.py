"""A place that was lived in is backed up, and brought back elsewhere: every figure is equal."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from controller.cli import main
from controller.cli.init import initialise
from controller.settings import Settings
from controller.settings.reading import load as load_settings
from controller.store.backup import contents_of
from controller.store.contents import Contents
from controller.store.engine import open_database
from tests.cli.backup import CHANGED
from tests.cli.init import CONFIG
from tests.support.databases import an_empty_one
from tests.support.filled import filled_database, put_keys
from tests.support.terminal import a_terminal
from tests.support.tree import ROOT

pytestmark = pytest.mark.needs("restic")


@dataclass
class Place:
    """A folder with a configuration, and what its commands print."""

    config: Path
    capsys: pytest.CaptureFixture[str]

    @property
    def settings(self) -> Settings:
        return load_settings(self.config)

    def loquet(self, *words: str) -> Any:
        """It must succeed; what it prints as JSON."""
        code = main([*words, "--config", str(self.config), "--json"])
        printed = self.capsys.readouterr()
        assert code == 0, printed.err
        return json.loads(printed.out)

    def refused(self, *words: str) -> str:
        """It must fail; its one line."""
        assert main([*words, "--config", str(self.config)]) == 1
        (line,) = self.capsys.readouterr().err.splitlines()
        return line

    def contents(self) -> Contents:
        return contents_of(self.settings.database.url)


def a_place(folder: Path, url: str, repository: Path, capsys: Any) -> Place:
    (folder / "var").mkdir(parents=True)
    config = folder / "config.toml"
    config.write_text(
        f'[site]\nid = "fabrique"\n[database]\nurl = {json.dumps(url)}\n[backup]\n'
        f'repository = "{repository}"\npassword_file = "{repository.parent}/password"\n'
    )
    return Place(config, capsys)


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    if request.param == "postgresql":
        request.getfixturevalue("postgres_programs")
    return str(request.param)


@pytest.fixture
def place(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Place:
    """In which two people have been; with keys."""
    url = filled_database(kind, request, tmp_path)
    made = a_place(tmp_path / "here", url, tmp_path / "repository", capsys)
    put_keys(made.config)
    return made


@pytest.fixture
def elsewhere(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Iterator[Place]:
    """Another computer with a configuration alone."""
    with ExitStack() as stack:
        url = f"sqlite:///{tmp_path}/there/var/loquet.db"
        if kind == "postgresql":
            url = stack.enter_context(an_empty_one(request.getfixturevalue("postgres_url")))
        yield a_place(tmp_path / "there", url, tmp_path / "repository", capsys)


def test_a_place_is_backed_up_and_brought_back_elsewhere(place: Place, elsewhere: Place) -> None:
    """Its database, keys and files are equal; what a restore itself changes is its epoch."""
    made = place.loquet("backup", "init")
    assert str(place.settings.backup.password_file) in made["made"]
    with a_terminal() as shown:
        made = place.loquet("backup")
        assert [text[-6:] for text in shown()] == ["", "1 of 4", "2 of 4", "3 of 4", "4 of 4", ""]
    assert (made["tables"], made["kept"]) == (len(place.contents()), 1)
    (there,) = place.loquet("backup", "list")
    assert place.loquet("backup", "verify")["id"] == there["id"] == made["id"]
    before = place.contents()
    assert "add --yes" in elsewhere.refused("backup", "restore")
    done = elsewhere.loquet("backup", "restore", "--yes")
    assert done["erased_again"] == 0
    assert [line for line in done["kept"] if not line.startswith("schema ")] == []  # none was there
    after = elsewhere.contents()
    assert {name for name in before if before[name] != after[name]} <= CHANGED
    assert sum(table.rows for table in before.values()) > 200
    assert files_of(elsewhere) == files_of(place) != {}
    assert elsewhere.loquet("db", "check")["journals_hold"]
    assert epochs(elsewhere) > epochs(place)
    with a_terminal() as shown:
        again = elsewhere.loquet("backup", "restore", made["id"], "--yes")
        assert shown() == ["", "reading the backup: 1 of 2", "", "restoring it: 2 of 2", ""]
    assert again["kept"]


@pytest.mark.parametrize("kind", ["sqlite"])
def test_what_is_wrong_is_one_line_that_says_what_to_do(place: Place, tmp_path: Path) -> None:
    assert "loquet backup init" in place.refused("backup")
    place.loquet("backup", "init")
    place.loquet("backup")
    password = Path(str(place.settings.backup.password_file))
    right = password.read_text()
    password.write_text("another\n")
    assert "is not that of" in place.refused("backup", "list")
    password.write_text(right)
    assert "there is no backup 12345678" in place.refused("backup", "verify", "12345678")
    largest = max((tmp_path / "repository/data").rglob("*"), key=lambda path: path.stat().st_size)
    largest.chmod(0o600)
    os.truncate(largest, largest.stat().st_size // 2)
    assert "is missing or damaged" in place.refused("backup", "verify")
    shutil.rmtree(tmp_path / "repository")
    assert "there is no repository at" in place.refused("backup")


def test_a_file_is_refused_for_what_it_is(place: Place, tmp_path: Path) -> None:
    """Cut off, of a newer Loquet, kept with other keys, in a folder that is not there."""
    url, file, before = place.settings.database.url, tmp_path / "file", place.contents()
    assert "make the folder" in place.refused("db", "backup", str(tmp_path / "no/file"))
    assert "there is no folder" in place.refused("db", "restore", str(tmp_path / "no/file"))
    place.loquet("db", "backup", str(file))
    cut = tmp_path / "cut"
    cut.write_bytes(file.read_bytes()[: file.stat().st_size * 2 // 3])
    line = place.refused("db", "restore", str(cut))
    assert "not whole" in line or "pg_restore failed" in line
    engine = open_database(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES ('9999')")
    place.loquet("db", "backup", str(tmp_path / "newer"))
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM alembic_version WHERE version_num = '9999'")
    assert "newer than this" in place.refused("db", "restore", str(tmp_path / "newer"))
    assert "in use" in place.refused("db", "restore", str(file))
    engine.dispose()
    key = Path(place.settings.site.keys) / "card.key"
    right = key.read_text()
    key.write_text(bytes(range(32)).hex())
    assert "belongs to other keys" in place.refused("db", "restore", str(file))
    key.write_text(right)
    after = place.contents()
    assert {name for name in before if after[name] != before[name]} <= {"audit", "audit_head"}


@pytest.mark.needs("age")
@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_file_for_whom_it_is_for(place: Place, tmp_path: Path) -> None:
    key, file = tmp_path / "key", str(tmp_path / "sealed")
    subprocess.run(["age-keygen", "-o", str(key)], check=True, capture_output=True)
    public = subprocess.check_output(["age-keygen", "-y", str(key)])
    (tmp_path / "recipients").write_bytes(public)
    place.loquet("db", "backup", file, "--recipients", str(tmp_path / "recipients"))
    assert b"SQLite" not in Path(file).read_bytes()
    assert "--identity FILE" in place.refused("db", "restore", file)
    before = place.contents()
    place.loquet("db", "restore", file, "--identity", str(key))
    after = place.contents()
    assert {name for name in before if before[name] != after[name]} <= CHANGED


def test_where_nothing_is_configured_a_timer_has_nothing_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config.toml").write_text("")
    place = Place(tmp_path / "config.toml", capsys)
    assert "No backup is set up: choose where backups go" in place.refused("backup")
    assert place.loquet("backup", "due") == {"configured": False}
    unit = (ROOT / "systemd" / "loquet-backup.service").read_text()
    assert "loquet backup due " in unit
    assert "SuccessExitStatus" not in unit


def files_of(place: Place) -> dict[str, tuple[bytes, int]]:
    """Keys, and the broker's; with their modes."""
    folders = (place.settings.site.keys, place.settings.mqtt.broker_dir)
    found = [path for name in folders for path in Path(name).iterdir() if path.is_file()]
    return {path.name: (path.read_bytes(), path.stat().st_mode) for path in found}


def epochs(place: Place) -> int:
    engine = open_database(place.settings.database.url)
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT sum(epoch) FROM policy_site").scalar_one()
    engine.dispose()
    return int(found)


def test_a_repository_that_cannot_be_made_leaves_the_choice_as_it_was(tmp_path: Path) -> None:
    config = tmp_path / "place/config.toml"
    config.parent.mkdir()
    config.write_text(CONFIG)
    initialise(load_settings(config, {}))
    at = ["--config", str(config)]
    assert main(["backup", "init", "/proc/nowhere", *at]) == 1
    assert not list(tmp_path.rglob("backup.json"))
    assert main(["backup", "init", str(tmp_path / "repository"), *at]) == 0
    (choice,) = tmp_path.rglob("backup.json")
    before = choice.read_text()
    assert main(["backup", "init", "/proc/nowhere", *at]) == 1
    assert choice.read_text() == before
