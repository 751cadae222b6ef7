"""The web side of *members*."""

from pathlib import Path

from webui.feature import Feature
from webui.members import (
    adding,
    api,
    booked,
    certifying,
    duties,
    member,
    merging,
    pages,
    several,
    works_for_api,
)

FEATURE = Feature(
    name="members",
    api=(*api.ROUTES, *works_for_api.ROUTES),
    pages=(
        pages.pages,
        adding.pages,
        member.pages,
        certifying.pages,
        booked.pages,
        duties.pages,
        several.pages,
        merging.pages,
    ),
    locale=Path(__file__).with_name("locale"),
)
