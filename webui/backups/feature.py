"""The web side of *backups*."""

from pathlib import Path

from webui.backups import pages
from webui.feature import Feature

FEATURE = Feature(name="backups", pages=(pages.pages,), locale=Path(__file__).with_name("locale"))
