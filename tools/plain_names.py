"""Refuses names that are bare participles or adverbs, retired names, and docstrings that restate.

It looks at modules and at public functions and classes of modules; the words to take are in
docs/glossary.md. A docstring restates when each of its words is in the name or the signature
already. `python -m tools.plain_names` compares the tree with `tools/plain_names.txt`, what is left
of before; `--shrink` takes those off the list that are gone. Nothing is ever added to it.
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
    {
        "billing",
        "booking",
        "bring",
        "commissioning",
        "drawing",
        "embed",
        "feed",
        "finding",
        "formatting",
    }
    | {"funding", "heading", "invoicing", "listing", "mapping", "meaning", "naming", "need"}
    | {"opening", "paging", "pricing", "pruning", "publishing", "reading", "routing", "seed"}
    | {
        "setting",
        "sighting",
        "sorting",
        "string",
        "succeed",
        "thing",
        "timing",
        "training",
        "warning",
        "wiring",
        "wording",
    }
)
"""Words of that form that name a thing, or are verbs."""
OTHERS = frozenset(
    {"apart", "aside", "begun", "beside", "bought", "brought", "built", "chosen", "cut_off", "done"}
    | {"drawn", "due", "elsewhere", "found", "given", "going_on", "gone", "held", "how_far"}
    | {"in_turn", "kept", "known", "looked_through", "lost", "made", "said", "seen", "sent"}
    | {"shown", "sold", "taken", "told", "told_once", "under_way", "written"}
)
"""Participles and adverbs of other forms, for modules as for functions and classes."""
ADVERBS = frozenset(
    {"about", "after", "again", "alike", "alone", "always", "among", "around", "at", "at_once"}
    | {"before", "behind", "between", "by", "by_hand", "during", "everywhere", "frozen", "here"}
    | {"left", "lent", "never", "now", "of", "on", "once", "open_", "out", "outside", "over"}
    | {"proven", "seen_by", "since", "spoken", "then", "there", "together", "told_by", "until"}
    | {"when", "where", "why", "within", "without"}
)
"""More of them, which no function or class may be called."""
RETIRED = frozenset(
    {"InTurn", "KEEPS", "KNOWN_AS", "KnownAs", "Misfit", "NextAct", "Shelf", "TOUCHED_BY_HAND"}
    | {"UnderWay", "cut_off", "going_on", "how_far", "in_turn", "keeps_of", "known_as", "leads_to"}
    | {"looked_through", "misfit", "one_read", "one_view", "second_look", "shelf", "told_once"}
    | {"upkeep"}
)
PUBLISHED = re.compile(r"/shapes\.py$|/models\.py$|^controller/wire/|^devices/contract/")
"""Files whose docstrings become documents: each type is described there."""
EMPTY_WORDS = frozenset(
    {"a", "all", "an", "and", "are", "as", "at", "be", "been", "by", "each", "every", "for", "from"}
    | {"has", "have", "in", "is", "it", "its", "of", "on", "one", "or", "s", "that", "the", "their"}
    | {"them", "there", "these", "they", "this", "those", "to", "was", "what", "when", "where"}
    | {"whether", "which", "who", "whose", "with"}
)
"""Words that say nothing of their own."""
Documented = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def problems() -> Iterator[str]:
    """Everything that is refused, as `path: what`, in the order of the files."""
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            path = file.relative_to(ROOT).as_posix()
            if is_bare(file.stem):
                yield f"{path}: module {file.stem}"
            tree = ast.parse(file.read_text(encoding="utf-8"))
            yield from (f"{path}: {name}" for name in sorted(RETIRED.intersection(_names(tree))))
            if "/migrations/" not in path:
                yield from (f"{path}: {what}" for what in bare_names(tree))
                if not PUBLISHED.search(path):
                    yield from (f"{path}: {what}" for what in restating_docstrings(tree))


def bare_names(tree: ast.Module) -> Iterator[str]:
    """Public functions and classes of a module whose names are refused."""
    for node in tree.body:
        if isinstance(node, Documented) and not node.name.startswith("_"):
            name = _with_underscores(node.name)
            if is_bare(name) or name in ADVERBS:
                yield f"{'class' if isinstance(node, ast.ClassDef) else 'function'} {node.name}"


def restating_docstrings(tree: ast.Module) -> Iterator[str]:
    """Functions, methods and classes whose docstrings say nothing that is not in the signature."""
    for node in ast.walk(tree):
        if isinstance(node, Documented) and (text := ast.get_docstring(node)):
            words = {_stem(word) for word in _words(text) if word not in EMPTY_WORDS}
            if words <= {_stem(word) for word in _words(_signature(node))}:
                yield f"docstring of {node.name}"


def is_bare(name: str) -> bool:
    """Whether a name is a participle or an adverb, with no noun beside it."""
    return name in OTHERS or (name not in NOUNS and bool(re.fullmatch(r"[a-z]+(?:ed|ing)", name)))


def _signature(node: Documented) -> str:
    if isinstance(node, ast.ClassDef):
        return " ".join([node.name, *map(ast.unparse, node.bases)])
    returns = "" if node.returns is None else ast.unparse(node.returns)
    return f"{node.name} {ast.unparse(node.args)} {returns}"


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", _with_underscores(text))


def _with_underscores(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _stem(word: str) -> str:
    return re.sub(r"(?<=\w{3})(?:s|es|ed|ing|ies|y)$", "", word)


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
    now, left = list(problems()), LEFT.read_text(encoding="utf-8").splitlines()
    if arguments == ["--shrink"]:
        left = [name for name in left if name in now]
        LEFT.write_text("".join(f"{name}\n" for name in left), encoding="utf-8")
    for name in now:
        if name not in left:
            print(f"{name}: no plain name, or it restates; docs/glossary.md has the words")
    for name in left:
        if name not in now:
            print(f"{name}: gone; take it off the list: python -m tools.plain_names --shrink")
    return 0 if set(now) == set(left) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
