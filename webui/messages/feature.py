"""The web side of *messages*."""

from pathlib import Path

from webui.feature import Feature
from webui.messages import unsubscribe

FEATURE = Feature(
    name="messages", pages=(unsubscribe.pages,), locale=Path(__file__).with_name("locale")
)
