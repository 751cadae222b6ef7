"""Pictures of the pages, of the living demo, for `docs/pictures/pages`: `./run screenshots`."""

import sys
import tempfile
from collections.abc import Iterator
from io import BytesIO
from itertools import product
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from controller.cli.demo.day import Day
from controller.cli.demo.people import ZOE
from controller.cli.demo.start import Demo, start
from tests.support.programs import program_path

ROOT = Path(__file__).parents[1]
INTO = ROOT / "docs" / "pictures" / "pages"
PAGES = {
    "live": "/",
    "desk": "/desk",
    "members": "/members",
    "member": "/members/{zoe}",
    "machines": "/machines",
    "machine": "/machines/laser-co2",
    "agents": "/agents",
    "setup": "/setup",
}
"""Name of the picture, and address."""
SIZES = {1440: 900, 390: 844}
ACTS = 12
"""Of the day, before the first picture."""
COLOURS = 128
"""Of a picture: text and washes need no more, and it takes a third."""


def main(names: list[str]) -> None:
    """All of them, or those of these names."""
    with tempfile.TemporaryDirectory(prefix="loquet-pictures-") as folder:
        demo = start(Path(folder) / "state", 0, print, past=True)
        try:
            Day(str(demo.layout.socket)).hurry(ACTS)
            with sync_playwright() as play:
                browser = play.chromium.launch(
                    executable_path=program_path("chromium"), args=["--no-sandbox"]
                )
                for file in _pictures(browser, demo, names or list(PAGES)):
                    print(file.relative_to(ROOT))
        finally:
            demo.place.stop()


def _pictures(browser: Browser, demo: Demo, names: list[str]) -> Iterator[Path]:
    INTO.mkdir(parents=True, exist_ok=True)
    for width, language, theme in product(SIZES, ("fr", "en"), ("light", "dark")):
        context = browser.new_context(
            viewport={"width": width, "height": SIZES[width]},
            color_scheme="dark" if theme == "dark" else "light",
            reduced_motion="reduce",
        )
        page = _signed_in(context, demo, language)
        for name in names:
            address = PAGES[name].format(zoe=demo.secrets.members[ZOE])
            page.goto(demo.url + address)
            page.wait_for_load_state("load")
            file = INTO / f"{name}-{width}-{language}-{theme}.png"
            _save(page.screenshot(full_page=True), file)
            yield file
        context.close()


def _signed_in(context: BrowserContext, demo: Demo, language: str) -> Page:
    manager = next(each for each in demo.secrets.accounts if each.role == "manager")
    context.add_cookies([{"name": "language", "value": language, "url": demo.url}])
    page = context.new_page()
    page.goto(f"{demo.url}/sign-in")
    page.locator("input[name=login]").fill(manager.email)
    page.locator("input[name=password]").fill(manager.password)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    return page


def _save(png: bytes, file: Path) -> None:
    Image.open(BytesIO(png)).convert("RGB").quantize(COLOURS).save(file, optimize=True)


if __name__ == "__main__":
    main(sys.argv[1:])
