"""A place is brought back on a bare computer by one command, from its repository and password."""

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from controller.store.backup import contents_of
from tests.cli.backup import CHANGED

pytestmark = [pytest.mark.long, *map(pytest.mark.needs, ("restic", "nginx", "mosquitto"))]
LOQUET = [sys.executable, "-m", "controller.cli"]


def loquet(*words: object, typed: str = "") -> Any:
    """What it says as JSON; it must succeed."""
    done = ended(*words, "--json", typed=typed)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def ended(*words: object, typed: str = "") -> "subprocess.CompletedProcess[str]":
    command = [*LOQUET, *map(str, words)]
    return subprocess.run(command, input=typed, capture_output=True, text=True)


@pytest.fixture(scope="module")
def backed_up(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, Path]:
    """Of a place that was set up with backups and backed up: folder, password, that computer."""
    folder = tmp_path_factory.mktemp("from-backup")
    first, backups = folder / "first", folder / "backups"
    words = ("--name", "old.example", "--https", 8443, "--site", "fabrique", "--backups", backups)
    said = loquet("setup", "controller", "--root", first, *words)
    assert said["backup_password"]
    loquet("backup", "--config", first / "etc/loquet/config.toml")
    again = loquet("setup", "controller", "--root", first, "--backups", backups)
    assert again["backup_password"] is None, "it is shown once"
    return backups, said["backup_password"], first


@pytest.fixture
def repository(backed_up: tuple[Path, str, Path], tmp_path: Path) -> tuple[Path, str, Path]:
    """The same, for one test alone."""
    folder, password, first = backed_up
    return shutil.copytree(folder, tmp_path / "backups"), password, first


@pytest.mark.parametrize("name", [None, "new.example"])
def test_one_command_brings_a_place_back(
    repository: tuple[Path, str, Path], tmp_path: Path, name: str | None
) -> None:
    """With its old address, or another; everything lies where the services can write."""
    folder, password, first = repository
    words = ["setup", "controller", "--root", tmp_path / "there", "--from-backup", folder]
    said = loquet(*words, *(["--name", name] if name else []), typed=f"{password}\n")
    assert said["url"] == f"https://{name or 'old.example'}:8443"
    config = tmp_path / "there/etc/loquet/config.toml"
    assert [path.name for path in config.parent.iterdir()] == ["config.toml"]
    text = config.read_text()
    assert str(first) not in text
    known = tomllib.loads(text)
    assert known["web"]["agents_url"] == f"https://{name or 'old.example'}:8885"
    assert (known["site"]["id"], known["mqtt"]["host"]) == ("fabrique", name or "old.example")
    state = Path("var/lib/loquet/var")
    assert str(first) not in (tmp_path / "there" / state / "broker/mosquitto.conf").read_text()
    databases = [f"sqlite:///{at / state / 'loquet.db'}" for at in (first, tmp_path / "there")]
    before, after = map(contents_of, databases)
    assert {name for name in before if before[name] != after[name]} <= CHANGED | {"printed_code"}
    keys = [at / state / "keys/ca.key" for at in (first, tmp_path / "there")]
    assert keys[0].read_bytes() == keys[1].read_bytes()
    assert loquet("backup", "--config", config)["kept"] == 2, "backups go on"
    refused = ended(*words, typed=f"{password}\n")
    assert refused.returncode == 1
    assert "this computer already has a place" in refused.stderr


def test_a_wrong_word_leaves_nothing_that_a_set_up_would_take_for_a_place(
    repository: tuple[Path, str, Path], tmp_path: Path
) -> None:
    folder, password, _ = repository
    words = ["setup", "controller", "--root", tmp_path / "there", "--from-backup"]
    wrong = ended(*words, folder, typed="wrong\n")
    assert "is not that of" in wrong.stderr
    assert "the repository's password is asked for" in ended(*words, folder).stderr
    away = ended(*words, tmp_path / "away", typed=f"{password}\n")
    assert "mount the disk with the backups" in away.stderr
    assert not (tmp_path / "away").exists()
    assert not (tmp_path / "there/etc").exists()
    assert loquet(*words, folder, typed=f"{password}\n")["url"] == "https://old.example:8443"
