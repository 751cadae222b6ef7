"""A plug that joins the plugs' broker becomes a machine's power, from the page, by one press."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from controller.capabilities.machines.models import CommandRow
from controller.cli.demo.script import credential_called
from devices.sim.client import SimBench
from tests.contract.drivers.field.field_rig import PlugPlace, Sim
from tests.support.running_place import RunningPlace, running_place
from tests.support.until import until

pytestmark = [
    pytest.mark.long,
    pytest.mark.needs("chromium", "mosquitto"),
    pytest.mark.timeout(900),
]
AGENT, READER = "atelier-3d", "imprimante-1"
WHO = "Nadia Haddad"
WAIT_S = 180.0


@dataclass(frozen=True)
class Pi:
    """The agent's Pi: its configuration, which somebody may change by hand, and its process."""

    place: RunningPlace

    @property
    def config(self) -> Path:
        """Its configuration."""
        return self.place.state / "agents" / AGENT / "config.toml"

    def look_for_plugs(self, broker: Path) -> None:
        """Name the file of the plugs' broker."""
        text = self.config.read_text()
        head = f'id = "{AGENT}"\n'
        self.config.write_text(text.replace(head, f'{head}plugs = "{broker}"\n'))
        self._restart()

    def move_the_reader_to_the_last(self) -> None:
        """A reader is wired by hand: its line goes below what the page has had written."""
        lines = self.config.read_text().splitlines()
        (reader,) = (line for line in lines if f"/readers/{READER}" in line)
        lines.remove(reader)
        self.config.write_text("\n".join((*lines, reader, "")))
        self._restart()

    def _restart(self) -> None:
        """The demo starts it again, as systemd does."""
        before = self._process()
        assert before is not None
        before.terminate()
        until(lambda: self._process() != before, "it is not started again", WAIT_S)

    def _process(self) -> psutil.Process | None:
        words = {"agent", str(self.config)}
        every = psutil.process_iter(["cmdline"])
        here = [process for process in every if words <= set(process.info["cmdline"] or ())]
        return next(
            (process for process in here if "--outputs-off" not in process.info["cmdline"]), None
        )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPlace]:
    with running_place(tmp_path_factory.mktemp("place")) as found:
        yield found


@pytest.fixture(scope="module")
def plugs(tmp_path_factory: pytest.TempPathFactory, place: RunningPlace) -> Iterator[PlugPlace]:
    """The plugs' broker, of which the agent knows."""
    made = PlugPlace(tmp_path_factory.mktemp("plugs"))
    Pi(place).look_for_plugs(made.file)
    yield made
    made.broker.kill()


@contextmanager
def signed_in(place: RunningPlace, chromium: Browser, language: str) -> Iterator[Page]:
    """A manager, who reads pages in that language."""
    manager = next(account for account in place.ready["accounts"] if account["role"] == "manager")
    context = chromium.new_context(base_url=place.url)
    context.add_cookies([{"name": "language", "value": language, "url": place.url}])
    page = context.new_page()
    page.goto("/sign-in")
    page.fill("[name=login]", manager["email"])
    page.fill("[name=password]", manager["password"])
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/")
    yield page
    context.close()


def put_into_service(place: RunningPlace, point: str) -> None:
    """What somebody does who has tried it."""
    path = f"/access-points/{point}"
    found = place.call("GET", path)
    changed = {"commissioned": True, "risk": "low", "session": {"on_end": "cut"}}
    done = place.call("PATCH", path, changed, {"If-Match": found.headers["ETag"]})
    assert done.status == 200, done.body


def power_of(place: RunningPlace) -> dict[str, str | None]:
    """The plugs that the agent has found, and the machine whose power each is."""
    found = place.call("GET", f"/agents/{AGENT}/plugs").json["items"]
    return {message["topic"]: message["access_point"] for message in found}


def answers(place: RunningPlace) -> list[tuple[str | None, str | None]]:
    """What the agent said to each command to wire a plug."""
    asked = select(CommandRow.result, CommandRow.reason).where(CommandRow.type == "wire_plug")
    with place.database() as database, database.read() as db:
        return [(row.result, row.reason) for row in db.execute(asked)]


def tap_until(place: RunningPlace, plug: Sim, *, on: bool) -> None:
    """The agent may just have started, and not hold the policy of a new machine yet."""
    with SimBench(place.ready["pins_socket"]) as bench:
        for _ in range(10):
            plug.forget()
            bench.do("tap", reader=READER, credential=credential_called(WHO))
            try:
                until(lambda: plug.moves()[-1:] == [on], "the badge does nothing", 6)
            except AssertionError:
                continue
            return
    raise AssertionError("the badge does nothing")


@dataclass(frozen=True)
class Words:
    """What the page says in a language."""

    language: str
    shown: str
    button: str
    said: str


FR = Words("fr", "Prises trouvées", "L’utiliser comme alimentation", "aura sa prise, éteinte")
EN = Words("en", "Plugs found", "Use as the power switch", "has its plug, off")


@pytest.mark.parametrize(
    ("words", "model"), [(FR, "tasmota"), (EN, "shelly")], ids=["fr-tasmota", "en-shelly"]
)
def test_one_press_makes_a_plug_a_machine_that_a_badge_switches(
    place: RunningPlace, plugs: PlugPlace, chromium: Browser, words: Words, model: str
) -> None:
    topic, point = f"plug-{model}", f"prise-{model}"
    plug = Sim("devices.sim.plug", "--model", model, "--topic", topic, "--broker", str(plugs.file))
    plug.event("connected", accepted=True)
    until(lambda: topic in power_of(place), "it is not found", WAIT_S)
    with signed_in(place, chromium, words.language) as page:
        add_from_the_page(place, page, topic, point, words)
    assert True not in plug.moves()
    Pi(place).move_the_reader_to_the_last()
    put_into_service(place, point)
    tap_until(place, plug, on=True)
    tap_until(place, plug, on=False)
    plug.end()


def add_from_the_page(
    place: RunningPlace, page: Page, topic: str, point: str, words: Words
) -> None:
    """One press; the page then shows whose power it is."""
    page.goto(f"/agents/{AGENT}")
    part = page.locator("#plugs")
    expect(part.get_by_role("heading", name=words.shown)).to_be_visible()
    form = part.locator("form", has=page.locator(f"input[value='{topic}']"))
    form.locator("[name=name]").fill(point.replace("-", " ").capitalize())
    form.get_by_role("button", name=words.button).click()
    expect(page.get_by_text(words.said)).to_be_visible()
    wired = {topic: point}.items()
    until(lambda: wired <= power_of(place).items(), lambda: str(answers(place)), WAIT_S)
    link = part.locator("li", has_text=topic).locator(f"a[href='/machines/{point}']")

    def shows_it() -> bool:
        page.goto(f"/agents/{AGENT}")  # its agent has started again, and finds its plugs anew
        return link.count() == 1

    until(shows_it, "the page does not show whose power it is", WAIT_S)
