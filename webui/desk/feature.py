"""The web side of *desk*."""

from webui.desk import actions, badge_handout, badge_loans, cards, entries, pages, reader
from webui.feature import Feature

FEATURE = Feature(
    name="desk",
    pages=(
        pages.pages,
        entries.pages,
        actions.pages,
        badge_handout.pages,
        badge_loans.pages,
        reader.pages,
        cards.pages,
    ),
)
