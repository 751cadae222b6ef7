"""The web part of *billing*."""

from webui.billing import accounts_page as accounts_page  # its pages are of the same family
from webui.billing import api, pages
from webui.billing import linked_pages as linked_pages
from webui.billing import month_actions as month_actions
from webui.billing import receipt_page as receipt_page
from webui.billing import sale_page as sale_page
from webui.billing import statement_pages as statement_pages
from webui.billing import tariff_pages as tariff_pages
from webui.feature import Feature

FEATURE = Feature(name="billing", api=api.ROUTES, pages=(pages.pages,))
