"""The web side of *groups*."""

from webui.feature import Feature
from webui.groups import api

FEATURE = Feature(name="groups", api=api.ROUTES)
