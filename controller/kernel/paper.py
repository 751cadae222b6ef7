"""A simple PDF document of one or more A4 pages."""

import unicodedata
from collections.abc import Sequence
from typing import Any

_FONT = "helvetica"
_ENCODING = "cp1252"
_STROKED = {"Ł": "L", "ł": "l", "Đ": "D", "đ": "d", "Ħ": "H", "ħ": "h", "ı": "i", "ŧ": "t"}
"""Letters that Unicode does not decompose."""


class Paper:
    """A document with lines from top to bottom, in built-in fonts (cp1252)."""

    def __init__(self, title: str, author: str) -> None:
        from fpdf import FPDF

        self._pdf = FPDF(format="A4")
        self._pdf.core_fonts_encoding = _ENCODING
        self._pdf.set_title(title)
        self._pdf.set_author(author)
        self._pdf.add_page()
        self._pdf.set_font(_FONT, size=11)
        self._cell(author)
        self._pdf.set_font(_FONT, style="B", size=20)
        self._cell(title, height=14)
        self._pdf.set_font(_FONT, size=12)
        self._pdf.ln(4)

    def line(self, *texts: str) -> None:
        """Add texts below each other."""
        for text in texts:
            self._cell(text)
        self._pdf.ln(2)

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Add a table with rows high enough for signatures."""
        self._pdf.ln(4)
        with self._pdf.table(line_height=11) as table:
            for cells in (head, *rows):
                row: Any = table.row()
                for cell in cells:
                    row.cell(printable(cell))

    def bytes(self) -> bytes:
        """Return the PDF."""
        return bytes(self._pdf.output())

    def _cell(self, text: str, height: float = 8) -> None:
        self._pdf.multi_cell(0, height, printable(text), new_x="LMARGIN", new_y="NEXT")


def printable(text: str) -> str:
    """Return the text with letters outside cp1252 replaced."""
    return "".join(map(_printable_letter, text))


def _printable_letter(letter: str) -> str:
    bare = _STROKED.get(letter) or unicodedata.normalize("NFKD", letter)[:1]
    for form in (letter, bare):
        try:
            form.encode(_ENCODING)
        except UnicodeEncodeError:
            continue
        return form
    return "?"
