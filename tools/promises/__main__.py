"""`python -m tools.promises` writes the page; `prove [WORD]` breaks each promise and looks."""

import sys

from tools.promises import page, prove, results, rows


def main(words: list[str]) -> int:
    """Write the page, after the proof if that is asked for; 1: something was not as it should."""
    code = prove.prove(words[1:]) if words[:1] == ["prove"] else 0
    page.PAGE.write_text(page.page(rows.tables(), results.read()), encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
