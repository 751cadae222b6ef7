"""Members at the command line: brought in from a file, and out again as a file or as JSON."""

import json
from pathlib import Path

import pytest

from controller.cli import main
from controller.cli.init import initialise
from controller.settings import load
from tests.cli.test_init import CONFIG


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
