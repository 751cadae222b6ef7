"""What the room *training* gives to the web side."""

from pathlib import Path

from webui.room import Room
from webui.training import api, cells, course_pages, courses_api, pages, planning, session

ROOM = Room(
    name="training",
    api=(*api.ROUTES, *courses_api.ROUTES),
    pages=(pages.pages, cells.pages, session.pages, planning.pages, course_pages.pages),
    words=Path(__file__).with_name("words"),
)
