"""Where a site's open data is, as whole addresses."""

from controller.capabilities.opendata.catalogue import Addresses
from webui.api.problem import PREFIX
from webui.context import WebContext


def addresses(given: WebContext, site_id: str) -> Addresses:
    """Of that site; the installation's own is not named in them."""
    root = given.settings.web.public_url.rstrip("/")
    query = "" if site_id == given.settings.site.id else f"?site={site_id}"
    return Addresses(f"{root}{PREFIX}/open-data", query, f"{root}/data{query}")
