"""The web side of *imports*."""

from pathlib import Path

from webui.feature import Feature
from webui.imports import pages

FEATURE = Feature(name="imports", pages=(pages.pages,), locale=Path(__file__).with_name("locale"))
