"""The web side of *bench*."""

from webui.bench import pages
from webui.feature import Feature

FEATURE = Feature(
    name="bench", pages=(pages.pages,), offered=lambda context: context.hardware is not None
)
