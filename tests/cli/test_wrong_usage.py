"""Wrong usage of a command exits with 2 and says what to write; nothing is done."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from controller.cli import main


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("db backup", "name the file: loquet db backup FILE"),
        ("db restore", "name the file: loquet db restore FILE"),
        ("db check backup.db", "check takes no file"),
        ("badge keys", "loquet badge keys new, or loquet badge keys list"),
        ("badge personalise --member x", "--member ID --at POINT"),
        ("report occupancy --split project", "--split is only for usage"),
        ("report occupancy --until 2026-11", "occupancy is for one month: leave --until out"),
        ("report rebuild --format csv", "rebuild prints no CSV: leave --format out"),
        ("member import", "name the CSV file: loquet member import FILE.csv"),
        ("token revoke", "only revoke takes an id: loquet token revoke ID"),
        ("user add --email a@b.c", "a new account needs --role"),
        ("setup controller CODE", "a claim code belongs to an agent: loquet setup agent CODE"),
        ("setup agent --place X --dry-run", "the other: loquet setup controller"),
        ("setup controller --dry-run --relay GPIO17", "belongs to the other: loquet setup agent"),
        ("setup front --dry-run --no-certificate", "belongs to the other: loquet setup controller"),
        ("setup agent --dry-run --kind door", "the id of the machine or door"),
        ("money entries", "give --since and --until, days of one year"),
        ("member export members.csv", "loquet member export > members.csv"),
        ("staus", "there is no command 'staus'; did you mean status?"),
        ("left-pad", "there is no command 'left-pad'; loquet --help lists them"),
        ("db chekc", "loquet db: error: 'chekc' is unknown; did you mean check?"),
        ("schema xml", "'xml' is unknown; choose from asyncapi, openapi, config"),
        ("badge keys lits", "'lits' is unknown; did you mean list?"),
        ("user add --role amdin", "argument --role: 'amdin' is unknown; did you mean admin?"),
        ("db check --jsno", "loquet db: error: there is no option --jsno; did you mean --json?"),
        ("report usage --monht=2026-11", "no option --monht; did you mean --month?"),
        ("status --wait", "there is no option --wait; loquet status --help lists them"),
    ],
)
def test_a_file_too_many_or_too_few_is_wrong_usage(
    words: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words.split())
    assert ended.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1].endswith(said)


def test_a_commands_help_keeps_the_names_it_has_in_the_list(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["web", "--help"])
    assert "Run only the pages and the HTTP API." in capsys.readouterr().out


def test_a_program_reads_an_error_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["doctor", "--config", str(tmp_path / "none.toml")]
    assert main([*words, "--json"]) == 1
    out, err = capsys.readouterr()
    told = json.loads(err)
    assert (out, told["command"]) == ("", "doctor")
    assert main(words) == 1
    assert capsys.readouterr().err == f"loquet doctor: {told['error']}\n"


def run_elsewhere(folder: Path, before: str, *words: str) -> subprocess.CompletedProcess[str]:
    main = f"import sys; {before}; from controller.cli import main; raise SystemExit(main())"
    run = [sys.executable, "-c", main, *words]
    return subprocess.run(run, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.system
def test_without_the_controllers_packages_a_command_says_what_to_install(tmp_path: Path) -> None:
    answer = run_elsewhere(tmp_path, "sys.modules['sqlalchemy'] = None", "user", "list")
    assert answer.returncode == 1
    assert "pipx install 'loquet[controller,agent,bridge]'" in answer.stderr


@pytest.mark.system
def test_another_programs_package_of_the_same_name_is_reported(tmp_path: Path) -> None:
    other = tmp_path / "devices"
    other.mkdir()
    (other / "__init__.py").touch()
    answer = run_elsewhere(tmp_path, "pass", "status")
    assert answer.returncode == 1
    assert f"{other} belongs to another program and hides Loquet's package" in answer.stderr
