"""Add our lines to a system file between marks, so that the former file can be restored."""

from collections.abc import Callable, Iterable

BEGIN = "# Loquet: these lines were added by `loquet setup`; `loquet remove` removes them"
"""First line of our block."""
END = "# Loquet: end"
"""Last line of our block."""
OLD_LINE_PREFIX = "# Loquet, before: "
"""Prefix of a line that we replaced; the new one follows it."""


def add_lines(text: str, lines: Iterable[str], change: Callable[[str], str] = str) -> str:
    """Return the file with these lines at its end, and each other line changed by `change`.

    Lines added by an earlier call are removed first.
    """
    before = remove_lines(text)
    changed = "".join(_change_line(line, change) for line in before.splitlines(keepends=True))
    gap = "" if not changed or changed.endswith("\n") else "\n"
    return "".join([changed, gap, *(f"{line}\n" for line in (BEGIN, *lines, END))])


def remove_lines(text: str) -> str:
    """Return the file without our lines and changes; later changes by others stay."""
    result: list[str] = []
    is_ours = is_replacement = False
    for line in text.splitlines(keepends=True):
        bare = line.rstrip("\n")
        if is_replacement:
            is_replacement = False
        elif bare == BEGIN:
            is_ours = True
        elif is_ours:
            is_ours = bare != END
        elif bare.startswith(OLD_LINE_PREFIX):
            result.append(line.removeprefix(OLD_LINE_PREFIX))
            is_replacement = True  # the next line
        else:
            result.append(line)
    return "".join(result)


def is_marked(text: str) -> bool:
    """Return whether the file contains our block."""
    return BEGIN in text.splitlines()


def _change_line(line: str, change: Callable[[str], str]) -> str:
    bare = line.removesuffix("\n")
    new = change(bare)
    return line if new == bare else f"{OLD_LINE_PREFIX}{bare}\n{new}\n"
