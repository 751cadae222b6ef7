"""The web side of *messages*."""

from webui.feature import Feature
from webui.messages import unsubscribe

FEATURE = Feature(name="messages", pages=(unsubscribe.pages,))
