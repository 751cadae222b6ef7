"""`python -m tools.protocol` writes docs/protocol.md and docs/asyncapi.json."""

from pathlib import Path

from controller.wire.schema import asyncapi
from tools.protocol import markdown

FOLDER = Path(__file__).parents[2] / "docs"


def main() -> None:
    """Write both."""
    (FOLDER / "protocol.md").write_text(markdown.page(), encoding="utf-8")
    (FOLDER / "asyncapi.json").write_text(asyncapi.text(), encoding="utf-8")


if __name__ == "__main__":
    main()
