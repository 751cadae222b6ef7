"""The web side of *lending*."""

from pathlib import Path

from tests.support.web.lending import api, pages
from webui.feature import Feature

FEATURE = Feature(
    name="lending",
    api=api.ROUTES,
    pages=(pages.pages,),
    locale=Path(__file__).with_name("locale"),
    examples=Path(__file__).with_name("examples.json"),
)
