"""Pictures of the pages, of the living demo, for `docs/pictures/pages`: `./run screenshots`.

Every page that the rail, a tab or a card leads to is found by itself; other pages and open states
stand in SHOTS.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import product
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

from controller.cli.demo.day import Day
from controller.cli.demo.incidents import Staff
from controller.cli.demo.people import ZOE
from controller.cli.demo.scene import set_scene
from controller.cli.demo.start import Demo, start
from controller.domain.facts import Language
from controller.settings.reading import load
from tests.support.programs import program_path

ROOT = Path(__file__).parents[1]
INTO = ROOT / "docs" / "pictures" / "pages"
MANY = 300


def crowd(demo: Demo) -> None:
    """So many members that lists have several pages."""
    for number in range(MANY - len(demo.secrets.members)):
        demo.api.call("POST", "/members", {"display_name": f"Camille Lefèvre {number + 1:03}"})


@dataclass(frozen=True, slots=True)
class Shot:
    """A page that no rail, tab or card leads to, or one in another state."""

    name: str
    address: str
    steps: tuple[tuple[str, ...], ...] = ()
    """What is done there first: a method of a locator, the locator, what it is given."""
    role: str = "manager"
    on_paper: bool = False
    widths: tuple[int, ...] = ()
    """Empty: all of them."""
    before: Callable[[Demo], None] | None = None
    """What is changed in the place for it; such shots come last."""


NOBODY = ""
"""The role of who has no account."""
WIDE = (1440,)
SHOTS = (
    Shot("desk-person", "/desk?person={zoe}"),
    Shot("member", "/members/{zoe}"),
    Shot("machine", "/machines/laser-co2"),
    Shot("setup", "/setup?step=agent"),
    Shot("safety-register-new", "/safety-register/new?machine=laser-co2"),
    Shot("agent", "/agents/atelier-laser"),
    Shot("course-session", "/training/sessions/{session}"),
    Shot("roll", "/evacuation"),
    Shot("screen", "/screen?site=la-fabrique"),
    Shot("data", "/data", role=NOBODY),
    Shot("tell", "/tell/{tell}", role=NOBODY),
    Shot("mine", "/mine", role="member"),
    Shot("accounts", "/accounts", role="admin"),
    # what opens
    Shot("live-menu", "/", (("click", "#menu-imprimante-2"),)),
    Shot("live-evacuate", "/", (("click", "[popovertarget=evacuate]"),), widths=WIDE),
    Shot("live-me", "/", (("click", "[popovertarget=me]"),), widths=WIDE),
    Shot("live-find", "/", (("fill", "#command", "zo"), ("wait_for", "[role=option]"))),
    Shot("accounts-invite", "/accounts", (("click", "[popovertarget=invite]"),), role="admin"),
    Shot("desk-visitors", "/desk", (("click", "[popovertarget=entry]"),)),
    Shot("machine-menu", "/machines/laser-co2", (("click", "#menu-laser-co2"),)),
    Shot("machine-rule", "/machines/laser-co2", (("click", ".rule details summary"),)),
    # effects before saving
    Shot(
        "members-several",
        "/members",
        (
            ("check", "input[name=member]"),
            ("check", "tr:nth-child(4) input[name=member]"),
            ("wait_for", "#chosen h2:has-text('2')"),
        ),
        widths=WIDE,
    ),
    Shot("members-add", "/members", (("click", "[popovertarget=add]"),)),
    Shot("sell-chosen", "/sales", (("check", "[name=place]"), ("wait_for", ".bought"))),
    # the undo bar
    Shot(
        "undo",
        "/mail",
        (("click", "main form[action*='/mail/letters/'] button"), ("wait_for", ".undo")),
    ),
    # nothing there
    Shot("members-none", "/members?q=zzzz"),
    Shot("reports-none", "/reports?period=2019-01"),
    Shot("bookings-none", "/bookings?day=2019-01-01"),
    Shot("nowhere", "/nowhere"),
    # printed
    Shot("paper-reports", "/reports", on_paper=True),
    Shot("paper-roll", "/evacuation", on_paper=True),
    Shot("paper-poster", "/machines/laser-co2/poster", on_paper=True),
    Shot("paper-attendance", "/training/sessions/{session}/attendance", on_paper=True),
    Shot("paper-needs", "/needs", on_paper=True),
    Shot("paper-hours", "/hours", on_paper=True),
    # 300 rows
    Shot("members-300", "/members", before=crowd),
)
ROLES = ("manager", "admin")
"""Whose rails are gone through; a page is pictured as the first of them sees it."""
LOCALES = {"fr": "fr-FR", "en": "en-GB"}
SIZES = {1440: 900, 390: 844}
PAPER = {"width": 794, "height": 1123}
"""A4 at 96 dots an inch."""


def main(arguments: list[str]) -> None:
    """All of them, or those of these names."""
    parser = argparse.ArgumentParser(prog="./run screenshots", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these")
    parser.add_argument("--lang", choices=sorted(LOCALES), help="only in this language")
    parser.add_argument("--into", type=Path, default=INTO, metavar="DIR", help="not in docs/")
    args = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="loquet-pictures-") as folder:
        language = Language(args.lang) if args.lang else None
        demo = start(Path(folder) / "state", 0, print, past=True, language=language)
        try:
            staff = Staff(demo.api, demo.secrets.members, demo.agents)
            set_scene(Day(str(demo.layout.socket), staff=staff), load(demo.layout.config))
            with sync_playwright() as play:
                browser = play.chromium.launch(
                    executable_path=program_path("chromium"), args=["--no-sandbox"]
                )
                languages = [args.lang] if args.lang else list(LOCALES)
                for file in _pictures(browser, demo, args.names, languages, args.into.resolve()):
                    print(file)
        finally:
            demo.place.stop()


def _pictures(
    browser: Browser, demo: Demo, names: list[str], languages: list[str], into: Path
) -> Iterator[Path]:
    into.mkdir(parents=True, exist_ok=True)
    changes = dict.fromkeys(shot.before for shot in SHOTS)
    for change in sorted(changes, key=lambda change: change is not None):
        some = [shot for shot in SHOTS if shot.before == change]
        if names and not any(shot.name in names for shot in some) and change is not None:
            continue
        if change is not None:
            change(demo)
        for width, language, theme in product(SIZES, languages, ("light", "dark")):
            look = _Look(browser, demo, width, language, theme)
            for shot in [*some, *(look.of_rails(some) if change is None else ())]:
                if (not names or shot.name in names) and look.shows(shot):
                    file = into / f"{shot.name}-{width}-{language}-{theme}.png"
                    try:
                        _save(look.picture(shot), file)
                    except Error as problem:
                        raise RuntimeError(f"{file.name}: {problem.message}") from problem
                    yield file
            look.close()


class _Look:
    """The pages at one width, in one language and theme, as each role sees them."""

    def __init__(self, browser: Browser, demo: Demo, width: int, language: str, theme: str) -> None:
        self._browser, self._demo = browser, demo
        self._width, self._language, self._theme = width, language, theme
        self._pages: dict[str, Page] = {}

    def shows(self, shot: Shot) -> bool:
        """Whether it is pictured so; paper is white, and has one width."""
        wide = next(iter(SIZES))
        if shot.on_paper:
            return self._width == wide and self._theme == "light"
        return not shot.widths or self._width in shot.widths

    def of_rails(self, others: list[Shot]) -> Iterator[Shot]:
        """Each page behind the rails, tabs and cards, as the first role that has it sees it."""
        done = {shot.name for shot in others}
        for role in ROLES:
            page = self._page(role)
            page.goto(self._demo.url)
            links = _links(page, "nav.nav a")
            for entry in tuple(links):
                page.goto(self._demo.url + entry)
                links += _links(page, ".within a, .cards a")
            for address in links:
                if name_of(address) not in done:
                    done.add(name_of(address))
                    yield Shot(name_of(address), address, role=role)

    def picture(self, shot: Shot) -> bytes:
        """Of the whole page, after its steps."""
        page = self._page(shot.role)
        page.set_viewport_size({"width": self._width, "height": SIZES[self._width]})
        page.goto(self._demo.url + shot.address.format(**self._known(shot.address)))
        page.wait_for_load_state("load")
        for method, place, *given in shot.steps:
            getattr(page.locator(place).first, method)(*given)
        if shot.on_paper:
            page.emulate_media(media="print")
            page.set_viewport_size(PAPER)  # type: ignore[arg-type]
            taken = page.screenshot(full_page=True)
            page.emulate_media(media="screen")
            return taken
        return _whole(page, self._width)

    def close(self) -> None:
        """All that was opened."""
        for page in self._pages.values():
            page.context.close()

    def _page(self, role: str) -> Page:
        if role not in self._pages:
            context = self._browser.new_context(
                viewport={"width": self._width, "height": SIZES[self._width]},
                locale=LOCALES[self._language],
                color_scheme="dark" if self._theme == "dark" else "light",
                reduced_motion="reduce",
            )
            self._pages[role] = (
                _signed_in(context, self._demo, role, self._language)
                if role
                else context.new_page()
            )
        return self._pages[role]

    def _known(self, address: str) -> dict[str, str]:
        """What stands in place of a word in braces, looked up where it is asked for."""
        page = self._page(ROLES[0])
        return {
            "zoe": self._demo.secrets.members[ZOE],
            "session": _session(page, self._demo) if "{session}" in address else "",
            "tell": _poster(page, self._demo) if "{tell}" in address else "",
        }


def _links(page: Page, selector: str) -> list[str]:
    found: list[str] = page.locator(selector).evaluate_all("all => all.map(one => one.pathname)")
    return found


def _whole(page: Page, width: int) -> bytes:
    """As on a screen that is high enough, so that what stands at the foot stands there."""
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": max(height, SIZES[width])})
    return page.screenshot()


def _session(page: Page, demo: Demo) -> str:
    """The first session that the page of trainings links to."""
    page.goto(f"{demo.url}/training")
    link = page.locator("main a[href*='/training/sessions/']").first
    return last_of(link.evaluate("one => one.pathname"))


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
    """In its true colours: paper and sheet differ by one or two steps, which a palette blends."""
    Image.open(BytesIO(png)).convert("RGB").save(file, optimize=True)


if __name__ == "__main__":
    main(sys.argv[1:])
