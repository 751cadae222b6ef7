"""The web side of *access*."""

from webui.access import api
from webui.feature import Feature

FEATURE = Feature(name="access", api=api.ROUTES)
