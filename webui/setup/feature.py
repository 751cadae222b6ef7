"""The web side of *setup*."""

from webui.feature import Feature
from webui.setup import network_pages, pages

FEATURE = Feature(name="setup", pages=(pages.pages, network_pages.pages))
