"""A whole agent with a display and a voice: each person is told in their own language."""

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from controller.domain.facts import Aid, Holder, Language
from controller.domain.ids import MemberRef
from devices.drivers.display.draw import draw
from devices.drivers.display.layout import pages
from devices.drivers.display.panel import SCREENS, Panel
from devices.ports import Flash, Look, Message
from devices.sim.client import SimBench
from devices.sim.panel import SCREENS as PICTURES
from devices.sim.voice import LOG
from tests.support.agent_place import AMINA, CONFIG, WAIT_S, ZOE, Place

INDICATOR = """
[agent.access_point.indicator]
driver = "group"
each = [
  {{ driver = "gpio", red = 12, green = 13, blue = 16, buzzer = 20 }},
  {{ driver = "display", panel = "sh1106", bus = "sim:{folder}/screen" }},
  {{ driver = "speech", to = "sim:{folder}/voice" }},
]
"""


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("a")
    for name in ("screen", "voice"):
        (folder / name).mkdir()
    laser, mark, door = CONFIG.rpartition("[[agent.access_point]]")
    place = Place(folder, laser + INDICATOR + mark + door)
    yield place
    place.end()


def shows(place: Place, what: Look | Flash, message: Message) -> None:
    """Wait until the panel has shown the first page of that, pixel by pixel."""
    screen = SCREENS[Panel.SH1106]
    wanted = draw(pages(what, message, screen, None)[0], screen).tobytes()
    end_s = time.monotonic() + WAIT_S
    pictures = place.folder / "screen" / PICTURES
    while time.monotonic() < end_s:
        if pictures.exists() and hashlib.sha256(wanted).hexdigest() in pictures.read_text():
            return
        time.sleep(0.02)
    pytest.fail(f"the display never showed {message}")


def said(folder: Path, number: int) -> list[tuple[str, str]]:
    """Language and text of what was said, once it is so much."""
    end_s = time.monotonic() + WAIT_S
    lines: list[bytes] = []
    while time.monotonic() < end_s and len(lines) < number:
        log = folder / "voice" / LOG
        lines = log.read_bytes().splitlines() if log.exists() else []
        time.sleep(0.02)
    found = [msgspec.json.decode(line) for line in lines]
    return [(one["language"], one["text"]) for one in found]


@pytest.mark.needs("espeak-ng")
def test_everybody_is_told_in_their_language_and_only_who_asked_is_spoken_to(
    place: Place, bench: SimBench
) -> None:
    place.teach()
    asked = Holder(member=MemberRef("amina"), language=Language.EN, aids=(Aid.SPEECH,))
    place.let_in(AMINA, asked)
    place.start_agent()
    place.in_step()
    shows(place, Look.FREE, Message("Libre"))
    bench.do("tap", reader="laser", credential=ZOE)
    shows(place, Flash.DENIED, Message("Badge inconnu"))
    bench.do("tap", reader="laser", credential=AMINA)
    shows(place, Flash.GRANTED, Message("Welcome, go ahead"))
    assert said(place.folder, 1) == [("en", "Welcome, go ahead.")]
