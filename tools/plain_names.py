"""Refuses modules that are bare participles or adverbs, and names that were retired.

The words to take are in docs/glossary.md. `python -m tools.plain_names` compares the tree with
`tools/plain_names.txt`, the names of before that are left; `--shrink` takes those off the list that
are gone. Nothing is ever added to it.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("controller", "devices", "firmware_bridge", "tools", "webui")
LEFT = Path(__file__).with_suffix(".txt")
NOUNS = frozenset(
    {"billing", "booking", "commissioning", "drawing", "embed", "feed", "formatting", "heading"}
    | {"mapping", "meaning", "naming", "need", "paging", "pricing", "pruning", "reading", "routing"}
    | {"setting", "string", "timing", "training", "warning", "wiring", "wording"}
)
"""Words of that form that name a thing."""
OTHERS = frozenset(
    {"apart", "aside", "begun", "beside", "bought", "brought", "built", "chosen", "cut_off", "done"}
    | {"drawn", "due", "elsewhere", "found", "given", "going_on", "gone", "held", "how_far"}
    | {"in_turn", "kept", "known", "looked_through", "lost", "made", "read", "said", "seen", "sent"}
    | {"shown", "sold", "taken", "told", "told_once", "under_way", "written"}
)
"""Participles and adverbs of other forms."""
RETIRED = frozenset(
    {"InTurn", "KEEPS", "KNOWN_AS", "KnownAs", "Misfit", "NextAct", "Shelf", "TOUCHED_BY_HAND"}
    | {"UnderWay", "cut_off", "going_on", "how_far", "in_turn", "keeps_of", "known_as", "leads_to"}
    | {"looked_through", "misfit", "one_read", "one_view", "second_look", "shelf", "told_once"}
    | {"upkeep"}
)


def refused() -> Iterator[str]:
    """Every name that is refused, as `path: name`, in the order of the files."""
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            path = file.relative_to(ROOT)
            if is_bare(file.stem):
                yield f"{path}: module {file.stem}"
            names = _names(ast.parse(file.read_text(encoding="utf-8")))
            yield from (f"{path}: {name}" for name in sorted(RETIRED.intersection(names)))


def is_bare(name: str) -> bool:
    """Whether a module's name is a participle or an adverb, with no noun beside it."""
    return name in OTHERS or (name not in NOUNS and bool(re.fullmatch(r"[a-z]+(?:ed|ing)", name)))


def _names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                yield name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.alias(name=name):
                yield name
            case ast.keyword(arg=str(name)):
                yield name


def main(arguments: list[str]) -> int:
    """Print what is refused, or is listed and gone; 1 if there is any."""
    now, left = list(refused()), LEFT.read_text(encoding="utf-8").splitlines()
    if arguments == ["--shrink"]:
        left = [name for name in left if name in now]
        LEFT.write_text("".join(f"{name}\n" for name in left), encoding="utf-8")
    for name in now:
        if name not in left:
            print(f"{name}: no plain name; docs/glossary.md has the words")
    for name in left:
        if name not in now:
            print(f"{name}: gone; take it off the list: python -m tools.plain_names --shrink")
    return 0 if set(now) == set(left) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
