"""What a flow is, in which manners it is done, and what is written down of it."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from itertools import product

from playwright.sync_api import Browser, Page

from controller.assembly import HOUSE
from controller.domain.facts import Language
from controller.kernel.translation import catalogues
from tests.flows.actor import Actor, Keyboard, Mouse
from tests.flows.stage import Stage
from webui.features import FEATURES
from webui.i18n import HERE
from webui.language import COOKIE

MANNERS: dict[str, type[Actor]] = {"mouse": Mouse, "keyboard": Keyboard}
HEIGHTS = {1440: 900, 320: 640}
LOCALES = {Language.FR: "fr-FR", Language.EN: "en-GB"}
FOLDERS = (HERE, *HOUSE.locale, *filter(None, (feature.catalogues for feature in FEATURES)))


@dataclass(frozen=True, slots=True)
class Way:
    """How it is done: by mouse or keyboard, on a wide or narrow screen, in which language."""

    manner: str
    width: int
    language: Language

    def __str__(self) -> str:
        return f"{self.manner}-{self.width}-{self.language}"


WAYS = tuple(Way(*pair) for pair in product(MANNERS, HEIGHTS, LOCALES))

NOBODY = ""
"""In the place of a role: who has not signed in."""
At = Callable[[str, str], AbstractContextManager[Actor]]
"""`with at(role, address) as who:` opens the page as that role; what is done in it is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A job that people do all day, and what it may cost them."""

    name: str
    title: str
    acts: int
    """At most."""
    person_s: float
    """At most, as estimated for a person."""
    play: Callable[[Stage, At], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A flow that was done in one way."""

    flow: str
    way: Way
    acts: int
    keys: int
    person_s: float
    machine_s: float
    """From the first act until the page said that it was done, here."""


@dataclass
class Theatre:
    """Signs in once a role, and opens a page for each flow."""

    chromium: Browser
    stage: Stage
    _cookies: dict[str, object] = field(default_factory=dict)

    @contextmanager
    def page(self, role: str, way: Way) -> Iterator[Page]:
        """A page of a new browser profile, signed in."""
        context = self.chromium.new_context(
            base_url=self.stage.running.url,
            viewport={"width": way.width, "height": HEIGHTS[way.width]},
            locale=LOCALES[way.language],
            storage_state=self._cookies.get(role),  # type: ignore[arg-type]
        )
        speaks = {"name": COOKIE, "value": way.language.value, "url": self.stage.running.url}
        context.add_cookies([speaks])  # type: ignore[list-item]
        page = context.new_page()
        if role != NOBODY and role not in self._cookies:
            self._sign_in(page, role)
            self._cookies[role] = context.storage_state()
        yield page
        context.close()

    def play(self, flow: Flow, way: Way) -> Done:
        """Do it, and say what it cost."""
        counted: list[Done] = []

        @contextmanager
        def at(role: str, address: str) -> Iterator[Actor]:
            with self.page(role, way) as page:
                page.goto(address)
                who = MANNERS[way.manner](page, catalogues(FOLDERS).of(way.language))
                yield who
                took = time.monotonic() - who.begun
            counted.append(
                Done(
                    flow=flow.name,
                    way=way,
                    acts=who.acts,
                    keys=who.keys,
                    person_s=who.person_s,
                    machine_s=took,
                )
            )

        flow.play(self.stage, at)
        (done,) = counted
        return done

    def _sign_in(self, page: Page, role: str) -> None:
        accounts = self.stage.running.ready["accounts"]
        account = next(account for account in accounts if account["role"] == role)
        page.goto("/sign-in")
        page.locator("#login").fill(account["email"])
        page.locator("#password").fill(account["password"])
        page.locator("form.sheet button").click()
        page.wait_for_url(lambda url: "/sign-in" not in url)
