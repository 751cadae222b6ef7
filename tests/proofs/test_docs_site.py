"""The documentation is made whole, without a warning, and works in a browser under our policy."""

from pathlib import Path
from threading import Thread

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, expect
from werkzeug.serving import make_server

from tests.peers.venv import bin_folder
from tests.webui.conftest import client, clock, database
from tools.docs_site.make import make
from webui.documentation import pages

__all__ = ["client", "clock", "database"]
pytestmark = [pytest.mark.long, pytest.mark.needs("chromium")]


def test_it_is_read_and_searched(
    client: FlaskClient, chromium: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path / "site", bin_folder("docs") / "python")
    monkeypatch.setattr(pages, "SITE", tmp_path / "site")
    server = make_server("127.0.0.1", 0, client.application, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    context = chromium.new_context()
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(said.text))
    page.on("pageerror", lambda error: wrong.append(error.message))
    page.goto(f"http://127.0.0.1:{server.port}/docs/")
    page.get_by_role("link", name="the guide").first.click()
    expect(page.locator("h1")).to_contain_text("At the desk")
    page.get_by_placeholder("Search").fill("rc522")
    page.keyboard.press("Enter")
    expect(page.locator("#search-results li").first).to_be_visible()
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert wrong == []
    context.close()
    server.shutdown()
