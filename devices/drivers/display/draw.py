"""Draws a page of a display with Pillow."""

from collections.abc import Mapping
from typing import Any

from devices.drivers.display.fit import LINE, font, width
from devices.drivers.display.icons import draw_icon
from devices.drivers.display.layout import Band, Bar, Icon, Page, Screen, TextBlock
from devices.ports import Flash, Look

_Rgb = tuple[int, int, int]
INK: _Rgb = (255, 255, 255)
_DARK: _Rgb = (0, 0, 0)
_BLUE: _Rgb = (20, 76, 200)
_GREEN: _Rgb = (0, 105, 50)
_RED: _Rgb = (190, 20, 20)
_GREY: _Rgb = (60, 60, 60)

BANDS: Mapping[Look | Flash, tuple[_Rgb, _Rgb]] = {
    Look.FREE: (_GREY, INK),
    Look.ARMED: (_BLUE, INK),
    Look.RUNNING: (_GREEN, INK),
    Look.IDLE_WARNING: (_BLUE, INK),
    Look.COOLING: ((120, 220, 235), _DARK),
    Look.OUT_OF_SERVICE: ((255, 176, 32), _DARK),
    Look.FAULT: (_RED, INK),
    Look.RELEASED: (_GREEN, INK),
    Look.STARTING: (_GREY, INK),
    Flash.GRANTED: (_GREEN, INK),
    Flash.DENIED: (_RED, INK),
    Flash.NOTED: (INK, _DARK),
    Flash.IDENTIFY: (INK, _DARK),
}
"""Background and text colour of the band, with a contrast of at least 4.5 to 1 (visual.md,
Colour)."""


def draw(page: Page, screen: Screen) -> Any:
    """Return the page as a Pillow image, `1` or `RGB`."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB" if screen.colour else "1", (screen.wide, screen.high))
    pen = ImageDraw.Draw(image)
    pen.fontmode = "L" if screen.colour else "1"
    band, band_ink = BANDS[page.content]
    for part in page.parts:
        ink: Any = INK if screen.colour else 1
        if getattr(part, "on_band", False):
            ink = band_ink
        match part:
            case Band():
                pen.rectangle((0, part.y, screen.wide, part.y + part.high - 1), fill=band)
            case Icon():
                draw_icon(pen, page.content, part, ink)
            case Bar():
                _draw_bar(pen, part, ink)
            case TextBlock():
                _write(pen, part, ink)
    return image


def _write(pen: Any, words: TextBlock, ink: Any) -> None:
    size = words.text.size
    for number, row in enumerate(words.text.rows):
        x = words.x + (words.wide - width(row, size)) / 2
        middle = words.y + (number + 0.5) * size * LINE
        # The middle between small and capital letters is 0.34 em above the baseline.
        pen.text((round(x), round(middle + 0.34 * size)), row, ink, font=font(size), anchor="ls")


def _draw_bar(pen: Any, bar: Bar, ink: Any) -> None:
    right, bottom = bar.x + bar.wide - 1, bar.y + bar.high - 1
    pen.rectangle((bar.x, bar.y, right, bottom), outline=ink)
    full = round((bar.wide - 4) * bar.full)
    if full > 0:
        pen.rectangle((bar.x + 2, bar.y + 2, bar.x + 1 + full, bottom - 2), fill=ink)
