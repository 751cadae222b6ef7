"""`python -m tools.hardware`: make docs/hardware.md and the pictures again, after changes."""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from controller.domain.facts import Language
from tools.hardware import display_sheets, hardware, timelines, wirings

DOCS = Path(__file__).parents[2] / "docs"
PICTURES = "pictures"


def stale(docs: Path) -> dict[str, Callable[[], object]]:
    """Each file below `docs` that is missing or not up to date, and what makes it again."""
    found: dict[str, Callable[[], object]] = {}
    texts = {"hardware.md": hardware.page()}
    texts |= {f"{PICTURES}/{name}": picture for name, picture in wirings.pictures().items()}
    for language in Language:
        texts[f"{PICTURES}/{timelines.file_of(language)}"] = timelines.lights(language)
    for name, text in texts.items():
        file = docs / name
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            found[name] = partial(file.write_text, text, encoding="utf-8")
    for sheet in display_sheets.sheets():
        file = docs / PICTURES / sheet.file
        if not file.exists() or display_sheets.saved_source(file) != display_sheets.source(sheet):
            found[f"{PICTURES}/{sheet.file}"] = partial(display_sheets.save, sheet, file.parent)
    return found


def main(argv: list[str] | None = None) -> int:
    """Write what is stale; with --check, only name it and exit 1."""
    parser = argparse.ArgumentParser(prog="python -m tools.hardware", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, name what is stale")
    args = parser.parse_args(argv)
    (DOCS / PICTURES).mkdir(exist_ok=True)
    found = stale(DOCS)
    for name, make in found.items():
        if not args.check:
            make()
        print(f"docs/{name}: {'stale' if args.check else 'written'}")
    return 1 if args.check and found else 0


if __name__ == "__main__":
    sys.exit(main())
