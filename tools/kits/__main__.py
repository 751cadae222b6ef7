"""`python -m tools.kits`: write docs/kits."""

from pathlib import Path

from tools.kits.page import cards

DOCS = Path(__file__).parents[2] / "docs/kits"

if __name__ == "__main__":
    for name, text in cards().items():
        (DOCS / name).parent.mkdir(parents=True, exist_ok=True)
        (DOCS / name).write_text(text, encoding="utf-8")
