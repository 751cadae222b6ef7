"""The web side of *opendata*."""

from webui.feature import Feature
from webui.opendata import api, manage, projects_api, public

FEATURE = Feature(
    name="opendata", api=[*api.ROUTES, *projects_api.ROUTES], pages=(public.pages, manage.pages)
)
