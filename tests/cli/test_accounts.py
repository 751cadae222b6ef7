"""Accounts and tokens at the command line: added, listed, revoked; a secret is for its owner."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from controller.cli import main
from controller.cli.init import initialise
from controller.settings.reading import load
from tests.cli.init import CONFIG


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(CONFIG)
    initialise(load(file, {}))
    return file


def test_accounts_and_tokens_come_and_go(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def say(*words: str) -> Any:
        assert main([*words, "--config", str(config), "--json"]) == 0, capsys.readouterr().err
        return json.loads(capsys.readouterr().out)

    for email, role in (("claire@example.org", "admin"), ("paul@example.org", "desk")):
        monkeypatch.setattr("sys.stdin", StringIO("correct horse battery\n"))
        say("user", "add", "--email", email, "--role", role)
    out = config.parent / "token"
    made = say("token", "add", "--email", "paul@example.org", "--name", "till", "--out", str(out))
    assert out.stat().st_mode & 0o777 == 0o600
    assert out.read_text().startswith("loquet_")
    assert "token" not in made, "the secret is in the file alone"
    assert [token["id"] for token in say("token", "list")] == [made["id"]]
    assert say("token", "list", "--email", "claire@example.org") == []
    say("token", "revoke", made["id"])
    assert say("token", "list") == []
    say("user", "revoke", "--email", "paul@example.org")
    closed = {user["login"]: user["disabled_at"] is not None for user in say("user", "list")}
    assert closed == {"claire@example.org": False, "paul@example.org": True}
    last = ["user", "revoke", "--email", "claire@example.org", "--config", str(config)]
    assert main(last) == 1
    assert "name another first" in capsys.readouterr().err
