"""The display: what stands on it, in letters as large as can be, and never cut or outside."""

import hashlib
import re
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory
from PIL import Image, ImageChops

from controller.domain.facts import Language
from devices.drivers.display.draw import BANDS, draw
from devices.drivers.display.fit import ELLIPSIS, MIN_SIZE_PX, FittedText, fit, font, width
from devices.drivers.display.layout import Bar, Page, Screen, TextBlock, pages
from devices.drivers.display.panel import SCREENS, Panel
from devices.drivers.display.wording import left_text
from devices.ports import DeviceEvent, Flash, Indicator, Look, Message
from devices.registry import INDICATOR, wire
from devices.sim.panel import SCREEN
from devices.sim.panel import SCREENS as PICTURES
from devices.wiring import Context, SharedResources
from tests.support.translation import WORDS

OLED, SQUARE, WIDE = (
    SCREENS[p] for p in (Panel.SSD1306, Panel.ST7789_240X240, Panel.ST7789_320X240)
)
WAIT_S = 180.0
LONG = "Imprimante 3D grand format de l’atelier du premier étage nord"
ACCENTS = "Éàâçéèêëîïôöùûüœ Œ À Ç « » ’ … – € °"


def _texts(made: tuple[Page, ...]) -> list[str]:
    return [" ".join(p.text.rows) for page in made for p in page.parts if isinstance(p, TextBlock)]


@pytest.mark.parametrize("screen", [OLED, SQUARE, WIDE], ids=["oled", "240", "320"])
def test_long_names_are_whole_and_inside(screen: Screen) -> None:
    assert len(LONG) == 61
    message = Message("Allumée", ("Badgez pour finir.",), name=LONG, left_s=60, of_s=120)
    made = pages(Look.ARMED, message, screen, 60)
    assert LONG in " ".join(_texts(made)).replace("\u00a0", " ")
    assert not any(ELLIPSIS in text for text in _texts(made))
    for page in made:
        for part in page.parts:
            if isinstance(part, TextBlock):
                assert part.y >= 0
                assert part.y + part.text.height <= screen.high
                assert all(width(row, part.text.size) <= part.wide for row in part.text.rows)


@pytest.mark.parametrize("screen", [OLED, SQUARE, WIDE], ids=["oled", "240", "320"])
def test_nothing_is_drawn_over_the_edge(screen: Screen) -> None:
    """Seen in the pixels: the same page on a larger canvas has ink nowhere else."""
    room = Screen(screen.wide + 40, screen.high + 40, screen.colour)
    words = ("Écartez le danger, relevez le bouton, puis la maintenance badge ici.",)
    for page in pages(Look.FAULT, Message("Arrêt d’urgence", words), screen, None):
        only_words = Page(page.content, tuple(p for p in page.parts if isinstance(p, TextBlock)))
        left, top, right, bottom = draw(only_words, room).convert("L").getbbox()
        assert right <= screen.wide
        assert bottom <= screen.high
        assert min(left, top) >= 0


def test_a_text_that_is_far_too_long_ends_in_an_ellipsis() -> None:
    fitted = fit("x" * 500 + " y" * 500, 128, 64, 64)
    assert fitted.size == MIN_SIZE_PX
    assert fitted.rows[-1].endswith(ELLIPSIS)
    assert all(width(row, MIN_SIZE_PX) <= 128 for row in fitted.rows)
    assert fitted.height <= 64


def test_short_words_get_the_largest_letters_that_fit() -> None:
    fitted = fit("Libre", 128, 64, 64)
    assert fitted == FittedText(fitted.size, ("Libre",))
    assert width("Libre", fitted.size) <= 128 < width("Libre", fitted.size + 1)


def test_a_row_never_begins_with_a_colon_nor_ends_with_one_short_word() -> None:
    assert all(not row.startswith(":") for row in fit("Il faut : découpe", 90, 64, 30).rows)
    lengths = [
        len(row) for row in fit("Laissez refroidir, ou badgez pour reprendre.", 240, 90, 40).rows
    ]
    assert min(lengths) * 3 > max(lengths)


def test_the_font_has_every_letter_that_french_and_english_need() -> None:
    blank = font(40).getmask("\ue000")
    for letter in set(ACCENTS) - {" "}:
        assert bytes(font(40).getmask(letter)) != bytes(blank), letter
        assert any(font(40).getmask(letter)), letter


def test_an_accent_makes_a_difference_even_in_small_letters_without_grey() -> None:
    for plain, accented in ("eé", "eè", "eê", "aà", "uù", "cç", "oô", "iî"):
        one, other = (
            draw(
                Page(Look.FREE, (TextBlock(0, 0, 64, FittedText(15, (text,))),)),
                Screen(64, 32, False),
            )
            for text in (plain, accented)
        )
        assert ImageChops.logical_xor(one, other).getbbox() is not None, accented


@pytest.mark.parametrize("what", [*Look, *Flash])
def test_the_bands_ink_can_be_read(what: Look | Flash) -> None:
    """WCAG 2.2, 1.4.3: relative luminance, at least 4.5 to 1."""

    def luminance(rgb: tuple[int, int, int]) -> float:
        parts = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    dark, light = sorted(luminance(colour) for colour in BANDS[what])
    assert (light + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize(
    ("left_s", "text"),
    [(0, "0:00"), (40, "0:40"), (105, "1:45"), (599, "9:59"), (720, "12 min"), (7500, "2 h 05")],
)
def test_time_left(left_s: float, text: str) -> None:
    assert left_text(left_s) == text


def test_the_bar_is_as_full_as_the_time_that_is_left() -> None:
    message = Message("Arrêt dans", left_s=15, of_s=60)
    (page,) = pages(Look.IDLE_WARNING, message, OLED, 15)
    (bar,) = (part for part in page.parts if isinstance(part, Bar))
    assert bar.full == 0.25
    assert _texts((page,)) == ["Arrêt dans 0:15"]


# The driver itself, with luma's own drivers, on a simulated bus.


class Shown:
    """A display in a folder, and how far its pictures have been looked at."""

    def __init__(self, folder: Path, indicator: Indicator, screen: Screen) -> None:
        self.folder, self.indicator, self.screen = folder, indicator, screen
        self._at = 0

    def shows(self, *any_of: Page) -> None:
        """Wait until the panel has shown one of these after what was waited for before."""
        wanted = {_digest(page, self.screen) for page in any_of}
        end_s = time.monotonic() + WAIT_S
        while time.monotonic() < end_s:
            for number, digest in enumerate(self._shown()[self._at :], self._at):
                if digest in wanted:
                    self._at = number + 1
                    return
            time.sleep(0.02)
        pytest.fail(f"the panel never showed {any_of}")

    def first(self, what: Look | Flash, message: Message) -> Page:
        return pages(what, message, self.screen, message.left_s)[0]

    def _shown(self) -> list[str]:
        file = self.folder / PICTURES
        return file.read_text().split() if file.exists() else []


def _digest(page: Page, screen: Screen) -> str:
    return hashlib.sha256(draw(page, screen).tobytes()).hexdigest()


Make = Callable[..., Shown]


@pytest.fixture
def events() -> SimpleQueue[DeviceEvent]:
    return SimpleQueue()


@pytest.fixture
def display(tmp_path: Path, events: SimpleQueue[DeviceEvent]) -> Iterator[Make]:
    made: list[Indicator] = []
    shared = SharedResources()

    def make(panel: str, **more: Any) -> Shown:
        table = {"driver": "display", "panel": panel, "bus": f"sim:{tmp_path}", **more}
        context = Context("d", events.put, "b", "auto", shared, words=WORDS)
        made.append(wire(INDICATOR, table, "here").open(context))
        return Shown(tmp_path, made[-1], SCREENS[Panel(panel)])

    yield make
    for one in made:
        one.close()


@pytest.mark.parametrize("panel", ["ssd1306", "sh1106"])
def test_a_look_reaches_the_panel_pixel_by_pixel(panel: str, display: Make) -> None:
    shown = display(panel)
    message = Message("Libre", ("Badgez pour commencer.",), name="Fraiseuse")
    shown.indicator.show(Look.FREE, message)
    shown.shows(shown.first(Look.FREE, message))
    if panel == "ssd1306":
        shown.shows(pages(Look.FREE, message, shown.screen, None)[1])


@pytest.mark.parametrize("panel", ["st7789_240x240", "st7789_320x240"])
def test_a_colour_panel_gets_its_picture_over_spi_and_goes_dark(
    panel: str, display: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Device, "pin_factory", MockFactory())
    shown = display(panel, dc=24, reset=25, backlight=18)
    message = Message("Allumée", ("Badgez pour finir.",), name="Fraiseuse")
    shown.indicator.show(Look.ARMED, message)
    shown.shows(shown.first(Look.ARMED, message))
    light = Device.pin_factory.pin(18)
    assert light.state
    shown.indicator.close()
    assert not light.state
    with Image.open(shown.folder / SCREEN) as seen:
        assert seen.getbbox() is None


def test_a_flash_is_shown_and_the_look_comes_back(
    display: Make, events: SimpleQueue[DeviceEvent]
) -> None:
    shown = display("ssd1306")
    free, denied = Message("Free", name="Mill"), Message("Unknown badge", ("Present it again.",))
    shown.indicator.show(Look.FREE, free)
    shown.shows(shown.first(Look.FREE, free))
    shown.indicator.flash(Flash.DENIED, denied)
    for page in pages(Flash.DENIED, denied, shown.screen, None):
        shown.shows(page)
    shown.shows(shown.first(Look.FREE, free))
    with pytest.raises(Empty):
        events.get_nowait()


def test_without_a_message_there_is_a_word_in_the_language_shown_last(display: Make) -> None:
    shown = display("ssd1306")
    shown.indicator.show(Look.FREE, Message("Free", language=Language.EN))
    shown.indicator.flash(Flash.NOTED)
    shown.shows(shown.first(Flash.NOTED, Message("Noted", language=Language.EN)))


def test_the_time_left_runs_down_by_itself(display: Make) -> None:
    shown = display("ssd1306")
    message = Message("Arrêt dans", left_s=60)
    shown.indicator.show(Look.IDLE_WARNING, message)

    def at(left_s: float) -> Page:
        return pages(Look.IDLE_WARNING, message, shown.screen, left_s)[0]

    shown.shows(at(60))
    shown.shows(*(at(left_s) for left_s in range(40, 60)))


def test_showing_never_waits_for_the_panel(display: Make) -> None:
    """Every call returns although the panel is not there and drawing is slow: no lock is held."""
    shown = display("ssd1306")
    for number in range(2000):
        shown.indicator.show(Look.ARMED, Message(f"Allumée {number}"))
        shown.indicator.flash(Flash.DENIED, Message(f"Non {number}"))
    shown.shows(shown.first(Flash.DENIED, Message("Non 1999")))


def test_every_bus_and_panel_is_checked_before_anything_is_opened() -> None:
    def why(**table: Any) -> str:
        with pytest.raises(Exception, match="here") as raised:
            wire(INDICATOR, {"driver": "display", **table}, "here")
        return re.sub(r"^here\.?", "", str(raised.value))

    assert why(panel="ssd1306", bus="usb:1") == 'bus: must be "i2c:1", "spi:0.0" or "sim:/FOLDER"'
    assert why(panel="sh1106", bus="spi:0.0") == "bus: sh1106 is driven over i2c"
    assert why(panel="st7789_240x240", bus="i2c:1") == "bus: st7789_240x240 is driven over spi"
    assert why(panel="ssd1306", rotate=1).startswith("rotate: must be 0 or 2")
    assert "allowed" in why(panel="hd44780")


def test_pages_of_a_message_differ() -> None:
    made = pages(Flash.DENIED, Message("Non", ("Un.", "Deux.")), OLED, None)
    assert len(made) == 3
    assert all(one != other for one, other in pairwise(made))
