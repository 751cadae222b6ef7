"""The web side of *self-service*."""

from pathlib import Path

from webui.feature import Feature
from webui.self_service import own, pages, terminal

FEATURE = Feature(
    name="self_service",
    pages=(pages.pages, own.pages, terminal.pages, terminal.codes_pages, terminal.touches),
    locale=Path(__file__).with_name("locale"),
)
