"""The web part of the *Integrations* page; its lines come from the features."""

from pathlib import Path

from webui.feature import Feature
from webui.integrations import pages

FEATURE = Feature(
    name="integrations", pages=(pages.pages,), locale=Path(__file__).with_name("locale")
)
