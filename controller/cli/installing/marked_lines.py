"""Lines of ours in a file of the system's, and that file as it was before them."""

from collections.abc import Callable, Iterable

BEGIN = "# Loquet: until its end made by `loquet setup`, taken back by `loquet remove`"
END = "# Loquet: end"
WAS = "# Loquet, before: "


def add_lines(text: str, lines: Iterable[str], change: Callable[[str], str] = str) -> str:
    """The file with these lines at its end, and each other line as `change` has it.

    What was added before is taken away first, so that it may be done again and again.
    """
    before = remove_lines(text)
    kept = "".join(_changed(line, change) for line in before.splitlines(keepends=True))
    gap = "" if not kept or kept.endswith("\n") else "\n"
    return "".join([kept, gap, *(f"{line}\n" for line in (BEGIN, *lines, END))])


def remove_lines(text: str) -> str:
    """The file as it was, with what others have changed since."""
    kept: list[str] = []
    is_ours = is_changed = False
    for line in text.splitlines(keepends=True):
        bare = line.rstrip("\n")
        if is_changed:
            is_changed = False
        elif bare == BEGIN:
            is_ours = True
        elif is_ours:
            is_ours = bare != END
        elif bare.startswith(WAS):
            kept.append(line.removeprefix(WAS))
            is_changed = True
        else:
            kept.append(line)
    return "".join(kept)


def is_marked(text: str) -> bool:
    """Whether there is anything of ours in it."""
    return BEGIN in text.splitlines()


def _changed(line: str, change: Callable[[str], str]) -> str:
    bare = line.removesuffix("\n")
    new = change(bare)
    return line if new == bare else f"{WAS}{bare}\n{new}\n"
