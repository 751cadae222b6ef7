"""Whether a PDF is tagged as PDF/UA asks, as far as a machine can see."""

import io
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pikepdf


def faults(pdf: bytes) -> list[str]:
    """What is missing; nothing: it will do."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        if "/StructTreeRoot" not in document.Root:
            return ["no tags"]
        found = [*_of_document(document), *_of_structure(document)]
        return found + [fault for page in document.pages for fault in _of_page(page)]


def title(pdf: bytes) -> str:
    """What its metadata call it."""
    with pikepdf.open(io.BytesIO(pdf)) as document, document.open_metadata() as metadata:
        return str(metadata.get("dc:title", ""))


def language(pdf: bytes) -> str:
    """The language of the document."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return str(document.Root.get("/Lang", ""))


def roles(pdf: bytes) -> list[str]:
    """What stands in it, in reading order: `H1`, `P`, `Table`, `TH` …"""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return [role for role, _ in _structure(document.Root.StructTreeRoot)]


def _of_document(document: pikepdf.Pdf) -> Iterator[str]:
    root: Any = document.Root
    if not root.get("/MarkInfo", {}).get("/Marked"):
        yield "not marked as tagged"
    if not str(root.get("/Lang", "")):
        yield "no language"
    if not root.get("/ViewerPreferences", {}).get("/DisplayDocTitle"):
        yield "the title is not shown"
    with document.open_metadata() as metadata:
        if not metadata.get("dc:title"):
            yield "no title"
        if metadata.get("pdfuaid:part") != "1":
            yield "does not say PDF/UA-1"


def _of_structure(document: pikepdf.Pdf) -> Iterator[str]:
    heads = []
    for role, element in _structure(document.Root.StructTreeRoot):
        if role == "Figure" and not str(element.get("/Alt", element.get("/ActualText", ""))):
            yield "a figure without a text"
        if re.fullmatch(r"H\d", role):
            heads.append(int(role[1]))
    skips = any(later > head + 1 for head, later in pairwise(heads))
    if heads[:1] != [1] or skips:
        yield f"headings {heads}"


def _structure(element: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(element, pikepdf.Dictionary):
        return
    if "/S" in element:
        yield str(element["/S"])[1:], element
    kids = element.get("/K")
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        yield from _structure(kid)


def _of_page(page: Any) -> Iterator[str]:
    if "/Annots" in page and page.get("/Tabs") != "/S":
        yield "the order of tabs is not that of the structure"
    for note in page.get("/Annots", []):
        if note.get("/Subtype") == "/Link" and not str(note.get("/Contents", "")):
            yield "a link without a text"
    for name, font in (page.resources.get("/Font", {}) or {}).items():
        described = font.get("/DescendantFonts", [font])[0].get("/FontDescriptor", {})
        if not any(f"/FontFile{number}" in described for number in ("", "2", "3")):
            yield f"font {name} is not in it"
