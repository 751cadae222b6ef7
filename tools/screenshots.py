"""Pictures of the pages, of the living demo, for `docs/pictures/pages`: `./run screenshots`.

Every page of the rail is found by itself; `./run screenshots NAME …` makes some of them.
"""

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
STATES = {
    "plan": "/plan",
    "desk-person": "/desk?person={zoe}",
    "member": "/members/{zoe}",
    "machine": "/machines/laser-co2",
    "setup": "/setup?step=agent",
    "safety-register-new": "/safety-register/new?machine=laser-co2",
    "agent": "/agents/atelier-laser",
    "course-session": "/training/sessions/{session}",
    "roll": "/evacuation",
    "screen": "/screen?site=la-fabrique",
    "data": "/data",
    "tell": "/tell/{tell}",
}
"""What no entry of the rail leads to, or leads to in another state: name of the picture, and
address."""
ROLES = ("manager", "admin")
"""Whose rails are gone through; a page is pictured as the first of them sees it."""
AS = {"mine": "member", "accounts": "admin"}
"""Pages of one's own, as somebody sees them who has something there, and whose others see less."""
PUBLIC = ("tell", "data")
"""Pages that people see without an account."""
LOCALES = {"fr": "fr-FR", "en": "en-GB"}
SIZES = {1440: 900, 390: 844}
ACTS = 60
"""Of the day, before the first picture."""
COLOURS = 256
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
                for file in _pictures(browser, demo, names):
                    print(file.relative_to(ROOT))
        finally:
            demo.place.stop()


def _pictures(browser: Browser, demo: Demo, names: list[str]) -> Iterator[Path]:
    INTO.mkdir(parents=True, exist_ok=True)
    for width, language, theme in product(SIZES, ("fr", "en"), ("light", "dark")):
        done: set[str] = set()
        for role in (*AS.values(), *ROLES):
            contexts = [
                browser.new_context(
                    viewport={"width": width, "height": SIZES[width]},
                    locale=LOCALES[language],
                    color_scheme="dark" if theme == "dark" else "light",
                    reduced_motion="reduce",
                )
                for _ in range(2)
            ]
            own = _signed_in(contexts[0], demo, role, language)
            anybodys = contexts[1].new_page()
            for name, address in _addresses(own, demo, role, names):
                if name not in done:
                    done.add(name)
                    page = anybodys if name in PUBLIC else own
                    page.goto(demo.url + address)
                    page.wait_for_load_state("load")
                    file = INTO / f"{name}-{width}-{language}-{theme}.png"
                    _save(_whole(page, width), file)
                    yield file
            for context in contexts:
                context.close()


def _whole(page: Page, width: int) -> bytes:
    """As on a screen that is high enough, so that what stands at the foot stands there."""
    page.set_viewport_size({"width": width, "height": SIZES[width]})
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": max(height, SIZES[width])})
    return page.screenshot()


def _addresses(page: Page, demo: Demo, role: str, names: list[str]) -> Iterator[tuple[str, str]]:
    """Those of these names, if any are given."""
    own = {name: f"/{name}" for name, whose in AS.items() if whose == role}
    for name, address in (own or _all(page, demo)).items():
        if not names or name in names:
            yield name, address


def _all(page: Page, demo: Demo) -> dict[str, str]:
    """Of every entry of the rail, then of the states."""
    rail = page.locator("nav.nav a").evaluate_all("all => all.map(one => one.pathname)")
    known = {
        "zoe": demo.secrets.members[ZOE],
        "session": _found(page, demo, "/training", "main a[href*='/training/sessions/']"),
        "tell": _poster(page, demo),
    }
    states = {name: address.format(**known) for name, address in STATES.items()}
    return {name_of(item): item for item in rail} | states


def _found(page: Page, demo: Demo, at: str, link: str) -> str:
    """What the address of the first such link on that page ends with."""
    page.goto(demo.url + at)
    return last_of(page.locator(link).first.evaluate("one => one.pathname"))


def _poster(page: Page, demo: Demo) -> str:
    """The code on the laser's poster."""
    page.goto(f"{demo.url}/machines/laser-co2/poster")
    return last_of(page.locator(".poster .address").inner_text())


def last_of(address: str) -> str:
    """What stands behind its last slash."""
    return address.rpartition("/")[2]


def name_of(address: str) -> str:
    """Of the picture of a page: `live`, `safety-register`."""
    return address.strip("/").replace("/", "-") or "live"


def _signed_in(context: BrowserContext, demo: Demo, role: str, language: str) -> Page:
    account = next(account for account in demo.secrets.accounts if account.role == role)
    context.add_cookies([{"name": "language", "value": language, "url": demo.url}])
    page = context.new_page()
    page.goto(f"{demo.url}/sign-in")
    page.locator("input[name=login]").fill(account.email)
    page.locator("input[name=password]").fill(account.password)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    return page


def _save(png: bytes, file: Path) -> None:
    picture = Image.open(BytesIO(png)).convert("RGB")
    picture.quantize(COLOURS, method=Image.Quantize.FASTOCTREE).save(file, optimize=True)


if __name__ == "__main__":
    main(sys.argv[1:])
