"""The web side of *messages*."""

from pathlib import Path

from webui.feature import Feature
from webui.messages import stopping

FEATURE = Feature(
    name="messages", pages=(stopping.pages,), locale=Path(__file__).with_name("locale")
)
