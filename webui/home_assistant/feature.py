"""The web side of *home assistant*."""

from webui.feature import Feature
from webui.home_assistant import pages

FEATURE = Feature(name="home_assistant", pages=(pages.pages,), integration=pages.INTEGRATION)
