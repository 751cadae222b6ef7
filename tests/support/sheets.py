"""What stands on each sheet of a PDF: its lines of words, without the running foot."""

import io
import re

import pypdf

_FOOT = re.compile(r"(^| )\d+ / \d+$")
"""The number of a page, after what else stands in that margin."""

FEW = 5
"""A page with fewer lines has next to nothing on it."""


def sheets(pdf: bytes) -> list[list[str]]:
    """The lines of each page, in order."""
    return [_lines(page.extract_text()) for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def _lines(text: str) -> list[str]:
    lines = (" ".join(line.split()) for line in text.splitlines())
    return [line for line in lines if line.strip("• ") and not _FOOT.search(line)]
