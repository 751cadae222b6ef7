"""The web side of *setup*."""

from pathlib import Path

from webui.feature import Feature
from webui.setup import network_pages, pages

FEATURE = Feature(
    name="setup",
    pages=(pages.pages, network_pages.pages),
    locale=Path(__file__).with_name("locale"),
)
