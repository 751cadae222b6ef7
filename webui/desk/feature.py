"""The web side of *desk*."""

from pathlib import Path

from webui.desk import actions, cards, entering, giving, lending, pages, reader
from webui.feature import Feature

FEATURE = Feature(
    name="desk",
    pages=(
        pages.pages,
        entering.pages,
        actions.pages,
        giving.pages,
        lending.pages,
        reader.pages,
        cards.pages,
    ),
    locale=Path(__file__).with_name("locale"),
)
