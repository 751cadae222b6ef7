"""The web side of *activity*."""

from webui.activity import pages
from webui.feature import Feature

FEATURE = Feature(name="activity", pages=(pages.pages,))
