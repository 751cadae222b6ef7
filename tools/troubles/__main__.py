"""`python -m tools.troubles`: write docs/depannage.md and docs/troubleshooting.md."""

from pathlib import Path

from tools.troubles.page import FILES, page

DOCS = Path(__file__).parents[2] / "docs"

if __name__ == "__main__":
    for language, name in FILES.items():
        (DOCS / name).write_text(page(language), encoding="utf-8")
