"""The web side of *search*."""

from pathlib import Path

from webui.feature import Feature
from webui.search import pages

FEATURE = Feature(name="search", pages=(pages.pages,), locale=Path(__file__).with_name("locale"))
