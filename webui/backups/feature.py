"""The web side of *backups*."""

from webui.backups import pages
from webui.feature import Feature

FEATURE = Feature(name="backups", pages=(pages.pages,))
