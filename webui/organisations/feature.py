"""The web side of *organisations*."""

from pathlib import Path

from webui.feature import Feature
from webui.organisations import api, pages, project_pages

FEATURE = Feature(
    name="organisations",
    api=api.ROUTES,
    pages=(pages.pages, project_pages.pages),
    locale=Path(__file__).with_name("locale"),
)
