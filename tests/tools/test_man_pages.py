"""The man page and what shells complete are of the real parsers, and of what is installed."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.tree import ROOT
from tools.man_pages import OF_AGENT, commands_of, completion, page, write
from tools.parsed_cli import commands, options_of

PACKAGES = ("controller", "agent")
ALONE = """
import importlib, sys
for each in ("flask", "sqlalchemy", "alembic", "waitress"):
    sys.modules[each] = None
from controller.cli import _parse
for name in sys.argv[1:]:
    try:
        _parse([name, "--help"])
    except SystemExit as ended:
        assert ended.code == 0
"""


@pytest.mark.needs("groff")
@pytest.mark.parametrize("package", PACKAGES)
def test_man_understands_every_line(package: str) -> None:
    words = ["groff", "-man", "-ww", "-Tutf8", "-rLL=100n"]
    shown = subprocess.run(words, input=page(package), capture_output=True, text=True, check=True)
    assert shown.stderr == ""
    for name in commands_of(package):
        assert f"loquet {name}" in shown.stdout


@pytest.mark.parametrize("package", PACKAGES)
def test_every_option_is_on_the_page(package: str) -> None:
    text = page(package).replace("\\-", "-")
    for name in commands_of(package):
        for option in options_of(commands()[name]):
            for word in option.option_strings:
                assert word in text, (name, word)


def test_an_agent_has_its_own_commands_alone() -> None:
    assert set(commands_of("agent")) < set(commands_of("controller"))
    assert "loquet serve" not in page("agent")
    assert "personalise" not in completion("agent", "bash")
    assert "personalise" in completion("controller", "bash")
    subprocess.run([sys.executable, "-c", ALONE, *OF_AGENT], cwd=ROOT, check=True, stdout=-3)


@pytest.mark.parametrize("package", PACKAGES)
def test_what_packages_install_is_what_their_alternatives_name(
    package: str, tmp_path: Path
) -> None:
    write(package, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        *("loquet.1", "completion.bash", "completion.zsh")
    }
    subprocess.run(["bash", "-n", tmp_path / "completion.bash"], check=True)
    named = (ROOT / f"packaging/debian/loquet-{package}.alternatives").read_text()
    for name in ("completion.bash", "completion.zsh"):
        assert f" /usr/share/loquet-{package}/words/{name}\n" in named
    assert f" /usr/share/man/man1/loquet-{package}.1.gz\n" in named
