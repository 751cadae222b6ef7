"""The web side of *imports*."""

from webui.feature import Feature
from webui.imports import pages

FEATURE = Feature(name="imports", pages=(pages.pages,))
