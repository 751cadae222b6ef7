"""What a shell is told of the commands, and the version."""

import subprocess
from importlib.metadata import version

import pytest

from controller.cli import COMMANDS, main


def test_bash_completes_commands_and_their_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "bash"]) == 0
    script = capsys.readouterr().out
    asked = """
    complete_of() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
                    _shtab_loquet; echo "${COMPREPLY[*]}"; }
    complete_of loquet ""
    complete_of loquet member --
    complete_of loquet completion ""
    """
    told = subprocess.run(
        ["bash", "-c", script + asked], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert set(COMMANDS) <= set(told[0].split())
    assert {"--config", "--json", "--debug"} <= set(told[1].split())
    assert {"bash", "zsh"} <= set(told[2].split())


def test_zsh_has_a_script_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "zsh"]) == 0
    assert capsys.readouterr().out.startswith("#compdef loquet")


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"loquet {version('loquet')}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_each_commands_help_has_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([name, "--help"])
    assert f"Example: loquet {name}" in " ".join(capsys.readouterr().out.split())
