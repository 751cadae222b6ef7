"""The web side of *opendata*."""

from pathlib import Path

from webui.feature import Feature
from webui.opendata import api, manage, projects_api, public

FEATURE = Feature(
    name="opendata",
    api=[*api.ROUTES, *projects_api.ROUTES],
    pages=(public.pages, manage.pages),
    locale=Path(__file__).with_name("locale"),
)
