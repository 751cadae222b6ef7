"""The web side of *privacy*."""

from pathlib import Path

from webui.feature import Feature
from webui.privacy import api, due_pages, pages

FEATURE = Feature(
    name="privacy",
    api=api.ROUTES,
    pages=(pages.pages, due_pages.pages),
    locale=Path(__file__).with_name("locale"),
)
