"""Members at the command line: brought in from a file, and out again as a file or as JSON."""

import json
from io import StringIO
from pathlib import Path

import pytest
from sqlalchemy import text

from controller.cli import main
from controller.cli.init import initialise
from controller.settings import SettingsError
from controller.settings.reading import load
from controller.store.engine import open_database
from tests.cli.init import CONFIG


def test_what_is_exported_is_a_file_or_json_as_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, file = tmp_path / "config.toml", tmp_path / "members.csv"
    config.write_text(CONFIG)
    initialise(load(config, {}))
    file.write_text('display_name,email\n"Zoé, d’Artois",zoe@example.org\n', encoding="utf-8")
    at = ["--config", str(config)]
    assert main(["member", "import", str(file), *at]) == 0, capsys.readouterr().err
    capsys.readouterr()
    assert main(["member", "import", str(file), *at, "--try"]) == 0
    assert "1 members would be imported" in (said := capsys.readouterr().out)
    assert "1 of them may be here already" in said
    assert main(["member", "export", *at, "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["display_name"], told["email"]) == ("Zoé, d’Artois", "zoe@example.org")
    assert main(["member", "export", *at]) == 0
    assert '"Zoé, d’Artois"' in capsys.readouterr().out


def test_an_import_is_undone_and_headings_of_ones_own_are_told_how_to_come(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, file = tmp_path / "config.toml", tmp_path / "members.csv"
    config.write_text(CONFIG)
    initialise(load(config, {}))
    at = ["--config", str(config)]
    file.write_text("Nom,Badge\nZoé,04A1B2C3\n", encoding="utf-8")
    assert main(["member", "import", str(file), *at]) == 1
    assert "--mapping map.toml" in capsys.readouterr().err
    file.write_text("display_name,badge\nZoé,uid:04A1B2C3\nAda,\n", encoding="utf-8")
    assert main(["member", "import", str(file), *at]) == 0
    assert "2 members imported (1 badges, 0 subscriptions" in capsys.readouterr().out
    assert main(["member", "undo-import", *at, "--try"]) == 0
    assert "would be undone: 2 members" in capsys.readouterr().out
    assert main(["member", "undo-import", *at]) == 0
    assert "is undone: 2 members removed" in capsys.readouterr().out
    assert main(["member", "export", *at, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert main(["member", "undo-import", *at]) == 1
    assert "not undone" in capsys.readouterr().err


def test_no_command_prints_what_steers_a_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of data that was stored before it was refused; not even by an error of one line."""
    config, file = tmp_path / "config.toml", tmp_path / "members.csv"
    config.write_text(CONFIG)
    initialise(load(config, {}))
    file.write_text("display_name\nZoé\n", encoding="utf-8")
    at = ["--config", str(config)]
    assert main(["member", "import", str(file), *at]) == 0
    monkeypatch.setattr("sys.stdin", StringIO("a password that is long\n"))
    assert main(["user", "add", "--email", "a@example.org", "--role", "desk", *at]) == 0
    engine = open_database(load(config, {}).database.url)
    hostile = "Z\x1b]0;evil\x07\x9b31m\u202eo\u0085\u2028e"
    with engine.begin() as connection:
        connection.execute(text("UPDATE member SET display_name = :it"), {"it": hostile})
        connection.execute(text("UPDATE account SET login = :it"), {"it": hostile})
    engine.dispose()
    for command in (["member", "export"], ["member", "export", "--json"], ["user", "list"]):
        assert main([*command, *at]) == 0
    assert main(["token", "add", "--email", hostile, "--name", "x", *at]) == 1
    said = "".join(capsys.readouterr())
    assert said.count("evil") == 4
    assert not set(said) & set("\x1b\x07\x9b\u202e\u0085\u2028")


@pytest.mark.parametrize("character", ["\x1b", "\n", "\u202e"])
def test_no_name_comes_in_by_the_command_line_that_steers_a_terminal(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    character: str,
) -> None:
    config, file = tmp_path / "config.toml", tmp_path / "members.csv"
    config.write_text(CONFIG)
    initialise(load(config, {}))
    at = ["--config", str(config)]
    named = f"U+{ord(character):04X}"
    monkeypatch.setattr("sys.stdin", StringIO("a password that is long\n"))
    assert main(["user", "add", "--email", "a@example.org", "--role", "desk", *at]) == 0
    capsys.readouterr()
    token = ["token", "add", "--email", "a@example.org", "--name", f"a{character}b"]
    assert main([*token, *at]) == 1
    assert f"name: the character {named} is not allowed" in capsys.readouterr().err
    file.write_text(f'display_name\n"Zo{character}e"\n', encoding="utf-8")
    assert main(["member", "import", str(file), *at]) == 1
    said = capsys.readouterr().err
    assert f"column display_name: the character {named} is not allowed here" in said


@pytest.mark.parametrize("escape", ["\\r", "\\u001b", "\\u202e", "\\n"])
def test_the_configuration_has_no_control_characters(tmp_path: Path, escape: str) -> None:
    """A carriage return in a site's name stopped all mail."""
    file = tmp_path / "config.toml"
    file.write_text(f'[site]\nname = "La{escape}Fabrique"\n')
    with pytest.raises(SettingsError, match=r"site\.name: the character U\+.* is not allowed"):
        load(file, {})
    file.write_text(f'[mail]\nhost = "localhost"\nsender = "l@fab.example{escape}"\n')
    with pytest.raises(SettingsError, match=r"mail\.sender"):
        load(file, {})
    file.write_text("[site]\n")
    with pytest.raises(SettingsError, match=r"site\.name"):
        load(file, {"LOQUET_SITE_NAME": "La\rFabrique"})
