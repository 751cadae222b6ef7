"""The web side of *self-service*."""

from webui.feature import Feature
from webui.self_service import own, pages, terminal

FEATURE = Feature(
    name="self_service",
    pages=(pages.pages, own.pages, terminal.pages, terminal.codes_pages, terminal.touches),
)
