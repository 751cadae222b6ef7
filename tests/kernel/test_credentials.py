"""Secrets that systemd hands over are files of the configuration, whatever it names."""

from pathlib import Path

import pytest

from controller.settings import SettingsError
from controller.settings.reading import load, read_secret


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text('[web]\nsecret = "not-here"\n')
    (tmp_path / "credentials").mkdir()
    return tmp_path / "config.toml"


def environment(file: Path) -> dict[str, str]:
    return {"CREDENTIALS_DIRECTORY": str(file.parent / "credentials")}


def test_a_credential_is_read_in_place_of_the_file(file: Path) -> None:
    (file.parent / "credentials/loquet.web.secret").write_text("from systemd\n")
    settings = load(file, environment(file))
    assert read_secret(settings.web.secret) == "from systemd"
    assert load(file, {}).web.secret == str(file.parent / "not-here")


@pytest.mark.parametrize("name", ["loquet.web.sekret", "loquet.wbe.secret"])
def test_a_misspelt_one_is_one_line(file: Path, name: str) -> None:
    (file.parent / "credentials" / name).write_text("x")
    with pytest.raises(SettingsError, match=f"credential {name}"):
        load(file, environment(file))
