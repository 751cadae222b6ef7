"""The web side of *live*."""

from pathlib import Path

from webui.feature import Feature
from webui.live import actions, pages, plan, stream, supervision

FEATURE = Feature(
    name="live",
    pages=(pages.pages, actions.pages, supervision.pages, plan.pages, stream.pages),
    locale=Path(__file__).with_name("locale"),
)
