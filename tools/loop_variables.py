"""Refuse `each` as a variable: `python -m tools.loop_variables`, part of `./run lint`.

A loop variable is the singular of what is iterated (decision 0244).
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

FOLDERS = (
    "addons",
    "clients",
    "controller",
    "devices",
    "firmware_bridge",
    "packaging",
    "tests",
    "tools",
    "webui",
)
_IN_A_TEMPLATE = re.compile(
    r"\{%-?\s*for\s[^%]*?\beach\b[^%]*?\sin\s|\{%-?\s*macro\s[^%]*?\beach\b"
)


def in_python(source: str) -> Iterator[int]:
    """The lines that bind `each` in a loop, a comprehension or a parameter."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.arg) and node.arg == "each":
            yield node.lineno
        elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            names = (name for name in ast.walk(node.target) if isinstance(name, ast.Name))
            yield from (name.lineno for name in names if name.id == "each")


def in_template(source: str) -> Iterator[int]:
    """The lines of a Jinja template that do so."""
    for found in _IN_A_TEMPLATE.finditer(source):
        yield source.count("\n", 0, found.start()) + 1


_LOOKS = {".py": in_python, ".html": in_template}


def main() -> int:
    """Name every place; 1 if there is one."""
    places = []
    for folder in FOLDERS:
        for file in sorted(Path(folder).rglob("*")):
            if file.suffix in _LOOKS and not file.is_symlink():
                source = file.read_text(encoding="utf-8")
                lines = _LOOKS[file.suffix](source) if "each" in source else ()
                places += [f"{file}:{line}" for line in lines]
    for place in places:
        print(f"{place}: call the variable by what it is: `for badge in badges`, not `each`")
    return 1 if places else 0


if __name__ == "__main__":
    sys.exit(main())
