"""The web part of the *Integrations* page; its lines come from the features."""

from webui.feature import Feature
from webui.integrations import pages

FEATURE = Feature(name="integrations", pages=(pages.pages,))
