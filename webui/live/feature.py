"""The web side of *live*."""

from webui.feature import Feature
from webui.live import actions, pages, plan, stream, supervision

FEATURE = Feature(
    name="live", pages=(pages.pages, actions.pages, supervision.pages, plan.pages, stream.pages)
)
