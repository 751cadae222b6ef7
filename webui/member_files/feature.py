"""The web side of *member files*."""

from webui.feature import Feature
from webui.member_files import pages, taking_back

FEATURE = Feature(name="member_files", pages=(pages.pages, taking_back.pages))
