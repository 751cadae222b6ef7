"""`loquet bench`: measure a real place in a temporary folder, with the floor in the same run."""

import argparse
import json
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from controller.cli.bench.families import Hall
    from controller.cli.bench.figure import Figure

EXAMPLE = "loquet bench tap_to_pin events_per_s --json bench.json"


class BenchFailed(Exception):
    """What could not be measured, in one line."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what to measure, and where to write it."""
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="what to measure; none: everything (4 minutes)"
    )
    parser.add_argument("--json", type=Path, metavar="F", help="also write the figures as a list")


def run(args: argparse.Namespace) -> int:
    """Measure, print the table, and write the list. Raises one-line errors."""
    from controller.cli.bench.families import FAMILIES, Hall
    from controller.cli.bench.figure import as_list, table

    known = [name for family in FAMILIES for name in family.names]
    if unknown := set(args.names) - set(known):
        raise BenchFailed(f"no figure {', '.join(sorted(unknown))}; known: {', '.join(known)}")
    wanted = frozenset(args.names or known)
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="loquet-bench-"))
        hall = Hall(Path(folder), _say, stack)
        figures = _measured(hall, wanted)
    print(table(figures))
    if args.json:
        args.json.write_text(json.dumps(as_list(figures), indent=1) + "\n")
    return 0


def _measured(hall: "Hall", wanted: frozenset[str]) -> list["Figure"]:
    from controller.cli.bench.families import FAMILIES

    figures: list[Figure] = []
    for family in FAMILIES:
        if mine := wanted & frozenset(family.names):
            figures += family.measure(hall, mine)
    return [figure for figure in figures if figure.name in wanted]


def _say(line: str) -> None:
    """Progress, on a terminal only."""
    if sys.stderr.isatty():
        print(line, file=sys.stderr, flush=True)
