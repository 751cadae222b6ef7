"""The web side of *screen*."""

from webui.feature import Feature
from webui.screen import embed, pages, screens_page

FEATURE = Feature(name="screen", pages=(pages.pages, embed.pages, screens_page.pages))
