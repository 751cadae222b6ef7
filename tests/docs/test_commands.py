"""Every command that a document shows is run, or is one that the program really takes."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.fences import Fence, fences, pages, shell, spans
from tests.docs.looked_up import LOOKED_UP, problems_of, simple_commands
from tests.support.api_account import token_of
from tests.support.tree import ROOT
from tests.support.web_server import LOGIN, install, port_of, running

LANGUAGES = {"sh", "text", "python", "toml", "json", "yaml", "ini", "http", "{toctree}"}
TOLD = {"parsed", "place", "computer"}
PROGRAMS = {"loquet", *LOOKED_UP}
BACKUP = """
[backup]
repository = "{folder}/kept"
password_file = "backup.secret"
"""


def test_each_block_says_what_it_is_and_who_tries_it() -> None:
    for fence in fences():
        assert fence.language in LANGUAGES, f"{fence}: ```LANGUAGE, and for commands `sh parsed`"
        assert (fence.told in TOLD) is (fence.language == "sh"), f"{fence}: one of {TOLD} after sh"


@pytest.mark.parametrize("fence", shell("parsed", "place"), ids=str)
def test_each_command_is_taken(fence: Fence) -> None:
    found = [name for words in simple_commands(fence.text) for name in problems_of(words)]
    assert found == []


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_each_command_within_a_text_is_taken(page: Path) -> None:
    for said in spans(page):
        if said.split()[0].rsplit("/", 1)[-1] in PROGRAMS:
            for words in simple_commands(said):
                assert list(problems_of(words, loose=True)) == [], said


@pytest.mark.parametrize(
    "wrong",
    [
        "loquet settup controller",
        "loquet setup controller --palce X",
        "loquet db dance",
        "./run dance",
        "apt install left-pad",
        "systemctl stop loquet-dance",
        "python -m devices.sim.dance",
        "python -m devices.sim.plug --dance",
        "curl http://127.0.0.1:8000/api/v1/dances",
        "make dance",
        "dance",
        "podman restart loquet-dance",
        "podman exec loquet-controller loquet dance",
        "podman-compose up dance",
        "podman-compose run --rm loquet dance",
        "podman-compose run --rm dance",
        "pip install -r /opt/loquet/requirements/dance.txt",
    ],
)
@pytest.mark.parametrize("loose", [False, True])
def test_what_there_is_not_is_found(wrong: str, *, loose: bool) -> None:
    (words,) = simple_commands(wrong)
    assert list(problems_of(words, loose=loose))


def of_path(folder: Path, **programs: str) -> dict[str, str]:
    """An environment that finds these scripts before others."""
    folder.mkdir()
    for name, script in programs.items():
        file = folder / name
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}


@pytest.mark.system
@pytest.mark.needs("restic")
def test_commands_beside_a_place_are_run(tmp_path: Path) -> None:
    """In the order of the pages. `apt install` alone is not: its words were looked up."""
    config = install(tmp_path)
    with config.open("a") as file:
        file.write(BACKUP.format(folder=tmp_path))
    ours = f'exec "{sys.executable}" -m controller.cli "$@" --config "{config}"'
    given = of_path(tmp_path / "bin", loquet=ours, apt=":")
    secret = token_of(f"sqlite:///{tmp_path / 'loquet.db'}", LOGIN)
    (tmp_path / "token").write_text(secret)
    with running(config) as process:
        url = f"http://127.0.0.1:{port_of(process)}"
        given |= {"LOQUET_URL": url, "LOQUET_TOKEN": secret}
        for fence in shell("place"):
            text = fence.text.replace("http://127.0.0.1:8000", url)
            done = subprocess.run(
                ["sh", "-ec", text], cwd=tmp_path, env=given, capture_output=True, text=True
            )
            assert done.returncode == 0, (str(fence), done.stderr)
            assert not re.search(r'"status": ?[45]\d\d', done.stdout), (str(fence), done.stdout)
    assert (tmp_path / "alarms.jsonl").read_text() == ""
    assert "=" in (tmp_path / "alarms.cursor").read_text()
    assert (tmp_path / "usage.json").read_text().startswith(("{", "["))
    assert any((tmp_path / "kept/snapshots").iterdir()), "no backup was made"


@pytest.mark.system
@pytest.mark.needs("nginx")
def test_commands_that_set_a_computer_up_are_run(tmp_path: Path) -> None:
    """Below a folder; an agent says what it would do, since it has no code."""
    root = tmp_path / "computer"
    ours = (
        'case "$2" in agent) set -- "$@" --dry-run ;; esac\n'
        f'exec "{sys.executable}" -m controller.cli "$@" --root "{root}"'
    )
    given = of_path(tmp_path / "bin", loquet=ours)
    said = ""
    for fence in shell("computer"):
        done = subprocess.run(
            ["sh", "-ec", fence.text], cwd=tmp_path, env=given, capture_output=True, text=True
        )
        assert done.returncode == 0, (str(fence), done.stderr)
        said += done.stdout
    assert "code creates the first account" in said
    assert "would be made" in said
    assert "La Fabrique" in (root / "etc/loquet/config.toml").read_text()
