"""The web side of *search*."""

from webui.feature import Feature
from webui.search import pages

FEATURE = Feature(name="search", pages=(pages.pages,))
