"""The web side of *member files*."""

from pathlib import Path

from webui.feature import Feature
from webui.member_files import pages, taking_back

FEATURE = Feature(
    name="member_files",
    pages=(pages.pages, taking_back.pages),
    locale=Path(__file__).with_name("locale"),
)
