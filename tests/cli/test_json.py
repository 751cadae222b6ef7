"""With --json, each command prints JSON and nothing else; so are errors."""

import json
from pathlib import Path
from typing import Any

import pytest

from controller.capabilities.imports.mapping import ColumnMapping, dump
from controller.cli import main
from controller.cli.init import initialise
from controller.settings.reading import load
from tests.cli.init import CONFIG
from tests.integrations.fabomatic.old_database import old_database
from tests.support.tree import ROOT
from tools.parsed_cli import commands, words_of

NOT_RUN = {
    *("serve", "web", "hub", "agent", "demo"),  # run until they are stopped
    "bench",  # its --json takes a file
    *("completion bash", "completion zsh"),  # print a script
    *("watch", "schema openapi"),  # always print JSON
    *("enrol", "commission", "tap", "import fab-manager"),  # need another computer or program
    *("member keep", "report rebuild"),  # test_commands, test_report_command
}
TESTED_IN = {
    "audit": "capabilities/privacy/test_commands.py",
    "backup": "cli/test_backup.py",
    "badge": "cli/test_badge.py",
    "clock": "capabilities/privacy/test_commands.py",
    "db": "capabilities/privacy/test_commands.py",
    "doctor": "cli/test_doctor.py",
    "money": "capabilities/billing/test_money_check.py",
    "program": "cli/test_program.py",
    "setup": "cli/test_setup.py",
    "site-key": "contract/test_site_key.py",
    "status": "cli/test_status.py",
    "token": "cli/test_accounts.py",
    "upgrade": "cli/test_upgrade.py",
    "user": "cli/test_accounts.py",
}
"""Commands whose JSON other tests read."""
LINES = (
    "init",
    "remove --dry-run --root computer",
    "import fabomatic fabomatic.db",
    "member import members.csv",
    "member undo-import",
    "member export",
    "member due",
    "report usage",
    "report occupancy",
    "report funder",
    "schema asyncapi",
    "schema config",
)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a new place, whose folder is the current one."""
    monkeypatch.chdir(tmp_path)
    Path("config.toml").write_text(CONFIG)
    initialise(load(Path("config.toml"), {}))


def test_all_commands_print_json(place: None, capsys: pytest.CaptureFixture[str]) -> None:
    Path("members.csv").write_text("display_name\nZoé\n", encoding="utf-8")
    Path("fabomatic.db").write_bytes(old_database())
    printed = {}
    for line in LINES:
        main([*line.split(), "--json"])
        out, err = capsys.readouterr()
        printed[line] = _json(out, f"{line}: {out}{err}")
    skipped = printed["import fabomatic fabomatic.db"]["not_imported"]
    assert {"why": "deleted", "names": ["Ada Gone"]} in skipped


def test_each_command_is_tried_with_json() -> None:
    tried = [*LINES, *NOT_RUN]
    for name in _actions():
        file = TESTED_IN.get(name.split()[0])
        if file is None:
            assert any(f"{line} ".startswith(f"{name} ") for line in tried), name
        else:
            assert '"--json"' in (ROOT / "tests" / file).read_text(encoding="utf-8"), name


def test_an_imports_error_lists_all_problems(
    place: None, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("members.csv").write_text("display_name,language\nZoé,xx\nAda,yy\n", encoding="utf-8")
    columns = {name: name for name in ("display_name", "language")}
    Path("map.toml").write_text(dump(ColumnMapping(columns=columns)))
    for more in ([], ["--mapping", "map.toml"]):
        assert main(["member", "import", "members.csv", "--json", *more]) == 1
        out, err = capsys.readouterr()
        assert out == ""
        problems = _json(err, err)["problems"]
        assert [(problem["line"], problem["column"]) for problem in problems] == [
            (2, "language"),
            (3, "language"),
        ]


def _actions() -> set[str]:
    """Return all commands, each with each of its actions."""
    found: set[str] = set()
    for name, parser in commands().items():
        choices = getattr(next(words_of(parser), None), "choices", None)
        found |= {f"{name} {choice}" for choice in choices} if choices else {name}
    return found


def _json(text: str, otherwise: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        pytest.fail(f"not JSON: {otherwise}")
