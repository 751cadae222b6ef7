"""The browser that looks at pages: one a worker, started when the first test asks for it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.support.programs import program_path


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser that the system has. The test is marked `needs("chromium")`."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program_path("chromium"), args=["--no-sandbox"]
        )
        yield browser
        browser.close()
