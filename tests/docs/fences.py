"""The fenced blocks and the code spans of everything that is written for people.

A block of commands says to its right what a test does with it, where no reader sees it:
`sh parsed`: each command is looked up in the real parser, table or file that knows it;
`sh place`: it is run beside a place that runs; `sh computer`: below a folder that is a computer.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.tree import ROOT

_FENCE = re.compile(r"^( *)(```+)([^\n]*)\n(.*?)^\1\2 *$", re.DOTALL | re.MULTILINE)
_SPAN = re.compile(r"(?<!`)`([^`]+)`(?!`)")
_FOLDERS = ("docs", "packaging", "addons", "clients")


@dataclass(frozen=True)
class Fence:
    """One block, and where it stands."""

    page: str
    line: int
    info: str
    text: str

    @property
    def language(self) -> str:
        return self.info.split(" ")[0]

    @property
    def told(self) -> str:
        """What a test does with it."""
        return self.info.partition(" ")[2]

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def pages() -> list[Path]:
    """All that is written for people; of decisions, which tell of their day, none."""
    found = [*ROOT.glob("*.md")]
    for folder in _FOLDERS:
        found += (ROOT / folder).rglob("*.md")
    return sorted(path for path in found if "decisions" not in path.parts)


def fences() -> Iterator[Fence]:
    """Each block of each page."""
    for page in pages():
        text = page.read_text(encoding="utf-8")
        for found in _FENCE.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            name = str(page.relative_to(ROOT))
            yield Fence(name, line, found[3].strip(), found[4])


def below(page: str, heading: str) -> list[Fence]:
    """The blocks between one heading of a page and the next."""
    text = (ROOT / page).read_text(encoding="utf-8")
    plain = _FENCE.sub(lambda found: "\n" * found[0].count("\n"), text).splitlines()
    (first,) = (at for at, line in enumerate(plain, 1) if line.lstrip("#").strip() == heading)
    after = (at for at, line in enumerate(plain, 1) if at > first and line.startswith("#"))
    last = next(after, len(plain))
    return [fence for fence in fences() if fence.page == page and first < fence.line < last]


def shell(*told: str) -> list[Fence]:
    """Blocks of commands of which a test does that."""
    return [fence for fence in fences() if fence.language == "sh" and fence.told in told]


def spans(page: Path) -> Iterator[str]:
    """What stands between backquotes within its texts."""
    for found in _SPAN.findall(_FENCE.sub("", page.read_text(encoding="utf-8"))):
        yield " ".join(found.split())
