"""The web side of *privacy*."""

from webui.feature import Feature
from webui.privacy import api, due_pages, pages

FEATURE = Feature(name="privacy", api=api.ROUTES, pages=(pages.pages, due_pages.pages))
