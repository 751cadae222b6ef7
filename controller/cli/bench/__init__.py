"""`loquet bench`: measure a real installation in a temporary folder, with reference floors."""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from controller.cli.bench.figure import Figure, as_list, heading, row

EXAMPLE = "loquet bench tap_to_pin events_per_s --json bench.json"


class BenchFailed(Exception):
    """Raised with a one-line reason when something could not be measured."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what to measure, and where to write it."""
    from controller.cli.bench import fleet

    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="the figures to measure (default: all, 4 minutes);"
        " or `fleet`: a thousand agents, or a simulator with `--live`",
    )
    parser.add_argument("--json", type=Path, metavar="F", help="also write the figures as a list")
    fleet.arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Measure, and print and write each figure as soon as it is there; returns 1 if one failed.

    An interrupted run keeps the figures measured so far. Raises BenchFailed for an unknown name.
    """
    if args.names == ["fleet"]:
        from controller.cli.bench import fleet

        return fleet.run(args, _say)
    from controller.cli.bench.families import FAMILIES, Installations, measure_families

    all_names = [name for family in FAMILIES for name in family.names]
    if unknown := set(args.names) - set(all_names):
        raise BenchFailed(f"no figure {', '.join(sorted(unknown))}; known: {', '.join(all_names)}")
    names = frozenset(args.names or all_names)
    figures: list[Figure] = []
    print(heading(), flush=True)
    with tempfile.TemporaryDirectory(prefix="loquet-bench-") as folder:
        for figure in measure_families(Installations(Path(folder), _say), FAMILIES, names):
            print(row(figure), flush=True)
            figures.append(figure)
            if args.json:
                args.json.write_text(json.dumps(as_list(figures), indent=1) + "\n")
    return int(any(figure.error for figure in figures))


def _say(line: str) -> None:
    """Print progress, on a terminal only."""
    if sys.stderr.isatty():
        print(line, file=sys.stderr, flush=True)
