"""The web side of *metrics*."""

from webui.feature import Feature
from webui.metrics import views

FEATURE = Feature(name="metrics", pages=(views.pages,))
