"""Write `docs/flows.md`: the cost of each flow, once all were done in every way."""

import re
from collections.abc import Iterable, Sequence

from tests.flows.flow import WAYS, Done, Flow, Way
from tests.support.tree import ROOT

PAGE = ROOT / "docs" / "flows.md"
_COLUMNS = (
    "job",
    "acts (most allowed)",
    "a person: mouse",
    "keyboard",
    "keys",
    "here: mouse 1440",
    "mouse 320",
    "keyboard 1440",
    "keyboard 320",
)
_HEAD = f"""# What a day's jobs cost

Playwright did each job by mouse and by keyboard alone, at widths of 1440 and 320 px, in
French and in English. It used the demo (real broker, real agents, simulated hardware) and checked
the result there (`tests/flows`). `./run prove --long -k test_flow` repeats this and writes this
page; for a single flow, it updates one row. CI does each job once, and fails if one takes more acts
than allowed or listed here.

An act is a press, a choice, a field with its final Enter, or a badge read by a USB reader. *A
person* is an estimate by the keystroke-level model: 1.35 s to decide on each act, 1.1 s to point,
0.2 s to click, 0.4 s from mouse to keys, 0.28 s per key, 2 s to take a badge to its reader. *Here*
is the time that Playwright took until the page and the machine or door showed the result, in the
slower language, on a busy computer with two cores.

Setting up, from an empty place to the first granted tap, takes 30 acts, eight of them at the Pi and
its reader: 149 s for a person by mouse, 168 s by keyboard at 320 px (`tests/flows/test_setup.py`).

| {" | ".join(_COLUMNS)} |
|{"---|" * len(_COLUMNS)}
"""
_ROW = re.compile(r"\| (?P<title>[^|]+) \| (?P<least>\d+)(?: to (?P<most>\d+))? \(\d+\) \|")


def whole(done: Iterable[Done]) -> set[str]:
    """The flows that were done in every way."""
    ways: dict[str, set[Way]] = {}
    for result in done:
        ways.setdefault(result.flow, set()).add(result.way)
    return {flow for flow, its in ways.items() if its == set(WAYS)}


def write(done: Sequence[Done], flows: Sequence[Flow]) -> None:
    """Write the page; of flows that were not done in every way it says what it said."""
    anew, before = whole(done), _rows()
    rows = [
        _row(flow, [result for result in done if result.flow == flow.name])
        if flow.name in anew
        else before[flow.title]
        for flow in flows
        if flow.name in anew or flow.title in before
    ]
    PAGE.write_text(_HEAD + "\n".join(rows) + "\n")


def _rows() -> dict[str, str]:
    """As they are written, by title."""
    lines = PAGE.read_text().splitlines()
    return {found["title"]: line for line in lines if (found := _ROW.match(line))}


def written() -> dict[str, range]:
    """How many acts the page says that each takes, by title."""
    found = _ROW.finditer(PAGE.read_text())
    return {
        match["title"]: range(int(match["least"]), int(match["most"] or match["least"]) + 1)
        for match in found
    }


def _row(flow: Flow, done: Sequence[Done]) -> str:
    acts = sorted({result.acts for result in done})
    shown = str(acts[0]) if len(acts) == 1 else f"{acts[0]} to {acts[-1]}"
    by = {
        manner: [result for result in done if result.way.manner == manner]
        for manner in ("mouse", "keyboard")
    }
    person = [f"{max(result.person_s for result in some):.0f} s" for some in by.values()]
    keys = str(max(result.keys for result in by["keyboard"]))
    here = [
        f"{max(result.machine_s for result in some if result.way.width == width):.1f} s"
        for some in by.values()
        for width in (1440, 320)
    ]
    cells = [flow.title, f"{shown} ({flow.acts})", *person, keys, *here]
    return f"| {' | '.join(cells)} |"
