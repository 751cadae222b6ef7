"""A page as a browser prints it, without a server: whatever it asks for, a client answers."""

from urllib.parse import urlsplit

from flask.testing import FlaskClient
from playwright.sync_api import Browser, Route


def printed(browser: Browser, client: FlaskClient, address: str) -> bytes:
    """The page at that address as PDF, on the paper that it asks for."""

    def answer(route: Route) -> None:
        parts = urlsplit(route.request.url)
        found = client.get(f"{parts.path}?{parts.query}")
        route.fulfill(status=found.status_code, headers=dict(found.headers), body=found.get_data())
        found.close()

    page = browser.new_page(java_script_enabled=False)
    page.route("**/*", answer)
    page.goto(f"http://localhost{address}")
    pdf = page.pdf(prefer_css_page_size=True)
    page.close()
    return pdf
