"""The web side of *journal*."""

from webui.feature import Feature
from webui.journal import api

FEATURE = Feature(name="journal", api=api.ROUTES)
