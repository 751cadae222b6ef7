"""Sheets of everything that a display shows: one picture a family, panel and language."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from controller.domain.facts import Language
from devices.drivers.display.draw import draw
from devices.drivers.display.fit import FONT
from devices.drivers.display.layout import pages
from devices.drivers.display.panel import SCREENS, Panel
from tools.hardware.display_texts import DisplayedText, families

PANELS = {"small": Panel.SSD1306, "colour": Panel.ST7789_320X240}
TILE = {"small": (128, 64), "colour": (200, 150)}
COLUMNS = {"small": 7, "colour": 5}
GAP = 8
CAPTION = 14
SOURCE = "Loquet-Source"
"""Key of the PNG's text that says from what it was drawn."""
_SHEET, _INK = (232, 232, 228), (40, 40, 40)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One picture: `display-denied-small-fr.png`."""

    family: str
    size: str
    language: Language

    @property
    def file(self) -> str:
        """Its file's name."""
        return f"display-{self.family}-{self.size}-{self.language.value}.png"


def sheets() -> list[Sheet]:
    """Pictures of every display at every size and language."""
    return [
        Sheet(family, size, language)
        for language in Language
        for family in families(language)
        for size in PANELS
    ]


def texts(sheet: Sheet) -> tuple[DisplayedText, ...]:
    """What stands on it."""
    return families(sheet.language)[sheet.family]


def source(sheet: Sheet) -> str:
    """A digest of all that the picture is made from: texts, font, and the code that draws.

    Pixels may differ with the rasteriser; this does not.
    """
    return hashlib.sha256(f"{_code()}{texts(sheet)!r}{sheet}".encode()).hexdigest()


@cache
def _code() -> str:
    here = resources.files("devices")
    names = ("fit", "wording", "layout", "icons", "draw")
    files = [Path(str(here / "drivers" / "display" / f"{name}.py")) for name in names]
    files += [Path(__file__), FONT]
    return "".join(hashlib.sha256(file.read_bytes()).hexdigest() for file in files)


def saved_source(file: Path) -> str | None:
    """From what a saved picture was drawn."""
    from PIL import Image

    with Image.open(file) as image:
        found = image.info.get(SOURCE)
    return found if isinstance(found, str) else None


def save(sheet: Sheet, folder: Path) -> None:
    """Draw it, with few colours: there are few, and the file is small."""
    from PIL import Image, PngImagePlugin

    text = PngImagePlugin.PngInfo()
    text.add_text(SOURCE, source(sheet))
    image = _picture(sheet).quantize(32, dither=Image.Dither.NONE)
    image.save(folder / sheet.file, "PNG", optimize=True, pnginfo=text)


def _picture(sheet: Sheet) -> Any:
    from PIL import Image, ImageDraw

    wide, high = TILE[sheet.size]
    columns = COLUMNS[sheet.size]
    rows = list(_rows(_tiles(sheet), columns))
    size = columns * (wide + GAP) + GAP, len(rows) * (high + GAP + CAPTION) + GAP
    image = Image.new("RGB", size, _SHEET)
    pen = ImageDraw.Draw(image)
    for number, row in enumerate(rows):
        y = GAP + number * (high + GAP + CAPTION)
        for column, (caption, tile) in enumerate(row):
            x = GAP + column * (wide + GAP)
            pen.text((x, y), caption, _INK)
            image.paste(tile.resize((wide, high), Image.Resampling.LANCZOS), (x, y + CAPTION))
    return image


def _tiles(sheet: Sheet) -> Iterator[list[tuple[str, Any]]]:
    """For each text its pages, with a caption on the first."""
    screen = SCREENS[PANELS[sheet.size]]
    for shown in texts(sheet):
        made = pages(shown.what, shown.message, screen, shown.message.left_s)
        captions = [shown.code, *(f"{n} of {len(made)}" for n in range(2, len(made) + 1))]
        yield [(c, draw(p, screen).convert("RGB")) for c, p in zip(captions, made, strict=True)]


def _rows(texts: Iterable[list[tuple[str, Any]]], columns: int) -> Iterator[list[tuple[str, Any]]]:
    """Texts one after the other; one that would be torn apart begins a new row."""
    row: list[tuple[str, Any]] = []
    for tiles in texts:
        if row and len(row) + len(tiles) > columns:
            yield row
            row = []
        row += tiles
        while len(row) > columns:
            yield row[:columns]
            row = row[columns:]
    if row:
        yield row
