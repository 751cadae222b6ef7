"""The web side of *organisations*."""

from webui.feature import Feature
from webui.organisations import api, pages, project_pages

FEATURE = Feature(name="organisations", api=api.ROUTES, pages=(pages.pages, project_pages.pages))
