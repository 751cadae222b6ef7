"""What the room *statistics* gives to the web side."""

from pathlib import Path

from webui.room import Room
from webui.statistics import api, pages, traits_pages

# Their pages are of the same family as `pages`.
from webui.statistics import funder_counted as funder_counted
from webui.statistics import funder_files as funder_files
from webui.statistics import funder_noted as funder_noted
from webui.statistics import funder_pages as funder_pages
from webui.statistics import funder_paper as funder_paper

ROOM = Room(
    name="statistics",
    api=api.ROUTES,
    pages=(pages.pages, traits_pages.pages),
    words=Path(__file__).with_name("words"),
)
