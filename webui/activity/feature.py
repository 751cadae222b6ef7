"""The web side of *activity*."""

from pathlib import Path

from webui.activity import pages
from webui.feature import Feature

FEATURE = Feature(name="activity", pages=(pages.pages,), locale=Path(__file__).with_name("locale"))
