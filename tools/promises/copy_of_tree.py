"""A copy of the tree in which shipped code may be broken, and tests run as in the tree itself."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tools.promises.rows import ROOT, Mutation

_LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", ".cache", ".ci", "var", "__pycache__", "*.egg-info", ".*_cache", "pictures"
)
AT_MOST_S = 3600


@dataclass(frozen=True, slots=True)
class Copy:
    """The copy, at a path of its own."""

    folder: Path

    @contextmanager
    def broken(self, change: Mutation) -> Iterator[None]:
        """With that change in it."""
        file = self.folder / change.file
        whole = file.read_text(encoding="utf-8")
        file.write_text(whole.replace(change.old, change.new), encoding="utf-8")
        try:
            yield
        finally:
            file.write_text(whole, encoding="utf-8")

    def outcomes(self, tests: Sequence[str], *words: str) -> dict[str, str]:
        """How each test went there: passed, failed, error or skipped; the worst of its cases.

        Its subprocesses find the copy first too, whatever the environment has installed.
        """
        report = self.folder / "report.xml"
        report.unlink(missing_ok=True)
        command = [sys.executable, "-m", "pytest", "-q", "--no-header", f"--junitxml={report}"]
        compiled = str(self.folder / ".cache" / "bytecode")
        environment = os.environ | {"PYTHONPATH": str(self.folder), "PYTHONPYCACHEPREFIX": compiled}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        with (self.folder / "pytest.log").open("w") as log:
            subprocess.run(
                [*command, *words, *tests],
                cwd=self.folder,
                env=environment,
                stdout=log,
                stderr=log,
                timeout=AT_MOST_S,
                check=False,
            )
        return _read(report)

    @property
    def said(self) -> str:
        """The end of what the last run printed."""
        return (self.folder / "pytest.log").read_text(encoding="utf-8")[-2000:]


@contextmanager
def a_copy() -> Iterator[Copy]:
    """Of what is in the tree now, committed or not."""
    with tempfile.TemporaryDirectory(prefix="loquet-promises-") as name:
        folder = Path(name) / "tree"
        shutil.copytree(ROOT, folder, ignore=_LEFT_OUT, symlinks=True)
        yield Copy(folder)


_WORST = ("error", "failed", "skipped", "passed")


def _read(report: Path) -> dict[str, str]:
    """By FILE::TEST, without what is between brackets."""
    found: dict[str, str] = {}
    if not report.exists():
        return found
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314  pytest wrote it
        file = case.attrib["classname"].replace(".", "/") + ".py"
        test = f"{file}::{case.attrib['name'].partition('[')[0]}"
        found[test] = min(_outcome(case), found.get(test, "passed"), key=_WORST.index)
    return found


def _outcome(case: ElementTree.Element) -> str:
    if case.find("failure") is not None:
        return "failed"
    if case.find("error") is not None:
        return "error"
    return "skipped" if case.find("skipped") is not None else "passed"
