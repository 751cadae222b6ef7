"""In which order a screen reader meets a chart, by Chromium's own accessibility tree.

A chart is whatever is drawn from figures: found by its marks, not by a list.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page

SAME = ("table", "grid", "list", "DescriptionList")
"""What says the same as a chart, figure by figure."""
ELSEWHERE = ("tableau", "table")
"""Words of what leads to it, where it is on a page of its own."""
SENTENCE = 3
"""Words at least; fewer are a label, unless they are a number and what it counts."""
Node = dict[str, Any]


@dataclass
class Order:
    """Where each thing of a region comes, read from the top."""

    heading: int | None = None
    sentence: int | None = None
    drawn: list[int] = field(default_factory=list)
    unnamed: int = 0
    same: list[tuple[int, int]] = field(default_factory=list)
    """From where to where."""


def out_of_order(page: Page) -> list[str]:
    """What is wrong with the charts of this page, to which `looks.js` was given."""
    while True:
        asked = page.evaluate("looks.charts()")
        if not asked:
            return []
        cdp = page.context.new_cdp_session(page)
        nodes = {node["nodeId"]: node for node in cdp.send("Accessibility.getFullAXTree")["nodes"]}
        marked = defaultdict[tuple[str, str], set[int]](set)
        for node, mark in _marked(cdp.send("DOM.getDocument", {"depth": -1})["root"]):
            marked[mark].add(node)
        cdp.detach()
        if all(marked["data-region", str(number)] for number in range(len(asked))):
            return list(_all_wrong(asked, nodes, marked))
        # a part has come anew meanwhile


def _all_wrong(
    asked: list[dict[str, Any]], nodes: dict[str, Node], marked: Mapping[tuple[str, str], set[int]]
) -> Iterator[str]:
    for number, finding in enumerate(asked):
        yield from (f"a drawing that nobody hears of: {one}" for one in finding["mute"])
        region, drawn = (marked[name, str(number)] for name in ("data-region", "data-drawn"))
        top = next(it for it in nodes.values() if it.get("backendDOMNodeId") in region)
        order = Order()
        _read(top, nodes, drawn, order, 0)
        wrong = _wrong(order, is_chart=finding["isChart"])
        yield from (f"{one}: {finding['what']}" for one in wrong)


def _marked(node: Node) -> Iterator[tuple[int, tuple[str, str]]]:
    attributes = node.get("attributes", [])
    for name, value in zip(attributes[::2], attributes[1::2], strict=True):
        if name in ("data-region", "data-drawn"):
            yield node["backendNodeId"], (name, value)
    for child in node.get("children", ()):
        yield from _marked(child)


def _read(node: Node, nodes: dict[str, Node], drawn: set[int], order: Order, at: int) -> int:
    """In the order of reading; where the node ends."""
    role, name = (node.get(key, {}).get("value", "") for key in ("role", "name"))
    begins, is_read = at, not node.get("ignored")
    if is_read and node.get("backendDOMNodeId") in drawn:
        order.drawn.append(at)
        order.unnamed += role not in ("image", "img") or not name
        return at + 1
    if is_read and role in ("heading", "caption", "Figcaption") and order.heading is None:
        order.heading = at
    if order.sentence is None and order.heading not in (None, at - 1):
        order.sentence = at if role == "StaticText" and _says(name) else None
    at += is_read
    for key in node.get("childIds", ()):
        if key in nodes:
            at = _read(nodes[key], nodes, drawn, order, at)
    leads = role in ("link", "button", "DisclosureTriangle") and _leads_to_it(name)
    if is_read and (role in SAME or leads):
        order.same.append((begins, at))
    return at


def _says(text: str) -> bool:
    words = text.split()
    return len(words) >= SENTENCE or (len(words) > 1 and words[0].isdecimal())


def _leads_to_it(name: str) -> bool:
    return any(word in name.casefold().split() for word in ELSEWHERE)


def _wrong(order: Order, *, is_chart: bool) -> Iterator[str]:
    """First what it is, then what it says, then the drawing, then the same in figures."""
    if order.unnamed:
        yield "a drawing without a name"
    if not is_chart:
        return
    if order.heading is None:
        yield "a chart without a heading"
    said = order.sentence
    if said is None or said > min(order.drawn, default=said):
        yield "a chart without its message before it"
    last = max(order.drawn, default=said or 0)
    if not any(end > last for _begin, end in order.same):
        yield "a chart without its table"
