"""The web side of *places*."""

from webui.feature import Feature
from webui.places import api, naming_pages, pages, presence_end_pages, room_pages, walk_pages

FEATURE = Feature(
    name="places",
    api=api.ROUTES,
    pages=(
        pages.pages,
        naming_pages.pages,
        room_pages.pages,
        walk_pages.pages,
        presence_end_pages.pages,
    ),
)
