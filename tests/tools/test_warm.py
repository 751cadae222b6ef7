"""A process that starts warm is one like any other: a child of ours, with all that it was given."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.tree import ROOT

pytestmark = pytest.mark.system

SAYS = [sys.executable, "-m", "tests.support.what_it_is", "one", "two words"]


def said(folder: Path, **more: str) -> Any:
    given = os.environ | {"VARIABLE": "é", "PYTHONPATH": str(ROOT)} | more
    done = subprocess.run(
        SAYS, cwd=folder, env=given, input="heard", capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (3, "to the other stream\n")
    return json.loads(done.stdout)


def test_it_has_its_words_its_folder_its_variables_and_its_streams(tmp_path: Path) -> None:
    assert said(tmp_path) == {
        "words": ["one", "two words"],
        "folder": str(tmp_path),
        "variable": "é",
        "input": "heard",
        "parent": os.getpid(),
        "is_warm": True,
    }


@pytest.mark.parametrize("variable", ["LD_PRELOAD", "LC_ALL", "PYTHONHASHSEED", "PYTHONPATH"])
def test_a_variable_that_counts_at_the_start_has_it_begin_from_nothing(
    variable: str, tmp_path: Path
) -> None:
    values = {"PYTHONHASHSEED": "0", "PYTHONPATH": f"{ROOT}:{tmp_path}"}
    cold = said(tmp_path, **{variable: values.get(variable, "")})
    assert not cold["is_warm"]
    assert cold | {"is_warm": True} == said(tmp_path)


def test_it_is_killed_alone_and_others_see_what_it_runs(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "devices.sim.pins", "--socket", str(tmp_path / "pins")]
    other = [*command[:-1], str(tmp_path / "p")]
    with subprocess.Popen(command) as one, subprocess.Popen(other) as two:
        try:
            shown = Path(f"/proc/{one.pid}/cmdline").read_text().split("\0")
            assert shown[: len(command)] == command
            one.send_signal(signal.SIGKILL)
            assert one.wait() == -signal.SIGKILL
            ours = [child for child in children() if any(str(tmp_path) in word for word in child)]
            assert [(child[0], child[1:6]) for child in ours] == [(str(two.pid), other)]
        finally:
            two.kill()


def children() -> list[list[str]]:
    """Of this process: the id of each, and its words."""
    found = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    return [[pid, *Path(f"/proc/{pid}/cmdline").read_text().split("\0")] for pid in found]


def test_a_module_that_is_not_there_ends_it() -> None:
    command = [sys.executable, "-m", "tests.support.no_such_module"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert "No module named tests.support.no_such_module" in done.stderr
