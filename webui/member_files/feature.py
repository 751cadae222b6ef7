"""The web side of *member files*."""

from webui.feature import Feature
from webui.member_files import pages, undo_import

FEATURE = Feature(name="member_files", pages=(pages.pages, undo_import.pages))
