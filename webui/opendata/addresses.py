"""Where a site's open data is, as whole addresses."""

from controller.capabilities.opendata.catalogue import Addresses
from webui.api.problem import PREFIX
from webui.context import WebContext


def on_the_page(given: WebContext, site_id: str) -> Addresses:
    """The same for links of a page, which stay at the address by which it was reached."""
    root = given.settings.web.public_url.rstrip("/")
    at = addresses(given, site_id)
    return Addresses(at.base.removeprefix(root), at.query, at.page.removeprefix(root))


def addresses(given: WebContext, site_id: str) -> Addresses:
    """Of that site; the installation's own is not named in them."""
    root = given.settings.web.public_url.rstrip("/")
    query = "" if site_id == given.settings.site.id else f"?site={site_id}"
    return Addresses(f"{root}{PREFIX}/open-data", query, f"{root}/data{query}")
