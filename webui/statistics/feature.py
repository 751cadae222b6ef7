"""The web side of *statistics*."""

from webui.feature import Feature
from webui.statistics import api, pages, traits_pages

# These modules add their pages to `pages.pages`.
from webui.statistics import funder_counted as funder_counted
from webui.statistics import funder_files as funder_files
from webui.statistics import funder_noted as funder_noted
from webui.statistics import funder_pages as funder_pages

FEATURE = Feature(name="statistics", api=api.ROUTES, pages=(pages.pages, traits_pages.pages))
