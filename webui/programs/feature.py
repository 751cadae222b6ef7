"""The web side of *programs*."""

from webui.feature import Feature
from webui.programs import api

FEATURE = Feature(name="programs", api=api.ROUTES)
