"""The web side of *machines*."""

from webui.feature import Feature
from webui.machines import api, commissioning_api, door_api, machine, maintainer_pages, pages

FEATURE = Feature(
    name="machines",
    api=(*api.ROUTES, *commissioning_api.ROUTES, *door_api.ROUTES),
    pages=(pages.pages, machine.pages, maintainer_pages.pages),
)
