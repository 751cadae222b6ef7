"""The browser that looks at pages: one a worker, started when the first test asks for it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from tests.support.programs import program_path

WAIT_S = 180.0
"""How long a page, and what is done on it, may take: the computer may be busy."""


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What drives browsers: one a process."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """The browser that the system has. The test is marked `needs("chromium")`."""
    expect.set_options(timeout=WAIT_S * 1000)
    browser = playwright.chromium.launch(
        executable_path=program_path("chromium"), args=["--no-sandbox"]
    )
    browser.on("context", lambda made: made.set_default_timeout(WAIT_S * 1000))
    yield browser
    browser.close()
