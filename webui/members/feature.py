"""The web side of *members*."""

from webui.feature import Feature
from webui.members import (
    add_member,
    api,
    bookings,
    certification_actions,
    departures,
    duties,
    member,
    merge_page,
    pages,
    several,
    works_for_api,
)

FEATURE = Feature(
    name="members",
    api=(*api.ROUTES, *works_for_api.ROUTES),
    pages=(
        pages.pages,
        add_member.pages,
        member.pages,
        departures.pages,
        certification_actions.pages,
        bookings.pages,
        duties.pages,
        several.pages,
        merge_page.pages,
    ),
)
