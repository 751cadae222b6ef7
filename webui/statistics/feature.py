"""The web side of *statistics*."""

from webui.feature import Feature
from webui.statistics import api, pages, traits_pages
from webui.statistics import funder_data_pages as funder_data_pages

# These modules add their pages to `pages.pages`.
from webui.statistics import funder_figure_pages as funder_figure_pages
from webui.statistics import funder_files as funder_files
from webui.statistics import funder_pages as funder_pages

FEATURE = Feature(name="statistics", api=api.ROUTES, pages=(pages.pages, traits_pages.pages))
