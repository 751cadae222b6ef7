"""`./run` says in one line what is wrong, before it does anything long."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.tree import ROOT


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder, with a space in its name, that holds only what `run` reads."""
    folder = tmp_path / "la fabrique"
    folder.mkdir()
    shutil.copy(ROOT / "run", folder)
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copytree(ROOT / "requirements", folder / "requirements")
    shutil.copytree(ROOT / "tools" / "run", folder / "tools" / "run")
    return folder


def run(tree: Path, *args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [tree / "run", *args],
        env={"PATH": "/usr/bin:/bin", **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_lists_the_verbs(tree: Path) -> None:
    done = run(tree, "help")
    assert done.returncode == 0
    for verb in ("demo", "fresh", "test", "lint", "bench", "loquet"):
        assert f"./run {verb}" in done.stdout


def test_a_verb_is_a_file_whose_first_line_is_its_help(tree: Path) -> None:
    verb = tree / "tools" / "run" / "verbs" / "greet.sh"
    verb.write_text('# ./run greet NAME        says hello\n\nsay "hello, $1"\n')
    assert "./run greet NAME        says hello\n" in run(tree, "help").stdout
    assert run(tree, "greet", "la fabrique").stderr == "run: hello, la fabrique\n"


@pytest.mark.parametrize("verb", ["dmeo", "../say", "./demo"])
def test_an_unknown_verb_is_wrong_usage(tree: Path, verb: str) -> None:
    done = run(tree, verb)
    assert (done.returncode, done.stderr) == (
        2,
        f"run: there is no verb '{verb}'; ./run help lists them\n",
    )


def test_a_proxy_that_opens_tls_is_said(tree: Path) -> None:
    """In the place of pip's own last word, that there is no matching distribution."""
    (tree / ".cache").mkdir()
    (tree / "pip").write_text(
        "echo \"WARNING: … SSLError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] …')\"\n"
        "echo 'ERROR: No matching distribution found for msgspec'; exit 1\n"
    )
    verb = "# ./run fetch        fails\n\nlogged 'fetching failed' sh ./pip\n"
    (tree / "tools/run/verbs/fetch.sh").write_text(verb)
    said = run(tree, "fetch").stderr
    assert "a proxy on the way shows a certificate of its own" in said
    assert "PIP_CERT=" in said
    assert "No matching" not in said


def test_a_python_that_is_too_old_is_one_line(tree: Path) -> None:
    done = run(tree, "loquet", LOQUET_PYTHON="/bin/false", LOQUET_MOSQUITTO="/bin/true")
    assert done.returncode == 1
    assert done.stderr == (
        "run: LOQUET_PYTHON=/bin/false is not Python 3.11 or newer with venv;"
        " name another, or unset it\n"
    )


def test_a_broker_that_is_not_there_is_one_line(tree: Path) -> None:
    done = run(tree, "loquet", LOQUET_MOSQUITTO="/nowhere/mosquitto")
    assert done.returncode == 1
    assert done.stderr == "run: LOQUET_MOSQUITTO=/nowhere/mosquitto is no program; unset it\n"
