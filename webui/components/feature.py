"""The web side of *components*."""

from pathlib import Path

from webui.components import pages
from webui.feature import Feature

FEATURE = Feature(
    name="components",
    pages=(pages.pages,),
    offered=lambda context: context.hardware is not None,
    locale=Path(__file__).with_name("locale"),
)
