"""The web side of *presence*."""

from webui.feature import Feature
from webui.presence import api, pages

FEATURE = Feature(name="presence", api=api.ROUTES, pages=(pages.pages,))
