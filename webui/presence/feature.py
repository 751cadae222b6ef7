"""The web side of *presence*."""

from pathlib import Path

from webui.feature import Feature
from webui.presence import api, pages

FEATURE = Feature(
    name="presence", api=api.ROUTES, pages=(pages.pages,), locale=Path(__file__).with_name("locale")
)
