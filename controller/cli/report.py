"""`loquet report`: print the use of machines, the occupancy of zones or the figures for funders, or
rebuild the figures."""

import argparse
import csv
import re
import sys
from collections.abc import Sequence
from typing import Any

EXAMPLE = "loquet report usage --month 2026-11 --format csv"
COLUMNS = ("month", "access_point", "sessions", "active_s", "idle_s", "powered_s")
"""Columns of the usage report as CSV."""
FUNDER = ("month", "figure", "part", "name", "value", "unit", "source")
"""Columns of the report for funders."""
OCCUPANCY = ("zone_id", "quarter", "peak", "entries")
"""Columns of the occupancy report."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the report, its months, site and format."""
    parser.add_argument("report", choices=["usage", "occupancy", "funder", "rebuild"])
    parser.add_argument("--month", type=_month, help="YYYY-MM (default: this month)")
    parser.add_argument(
        "--until", type=_month, help="the last month (default: the same month); not for occupancy"
    )
    parser.add_argument("--site", help="default: the configured site")
    parser.add_argument(
        "--split", choices=["organisation", "project"], help="usage: count each one separately"
    )
    parser.add_argument("--format", choices=["text", "csv"], default="text")


def run(args: argparse.Namespace) -> int:
    """Print the report, or rebuild the figures; `rebuild` returns 1 if any figure was wrong."""
    if args.split and args.report != "usage":
        args.wrong("--split is only for usage")
    if args.until and args.report == "occupancy":
        args.wrong("occupancy is for one month: leave --until out")
    if args.format == "csv" and args.report == "rebuild":
        args.wrong("rebuild prints no CSV: leave --format out")
    return _REPORTS[args.report](args)


def _usage(args: argparse.Namespace) -> int:
    from controller.capabilities.usage import report as usage
    from controller.capabilities.usage.shapes import UsageSplit
    from controller.cli.work import open_configured, show, table
    from controller.kernel.actor import Actor
    from controller.kernel.database import wall_clock
    from controller.kernel.jsontypes import to_json

    now = wall_clock()
    with open_configured(args) as (settings, database), database.read() as db:
        site = args.site or settings.site.id
        report = usage.report(
            db,
            site,
            first=args.month,
            last=args.until,
            split=UsageSplit(args.split) if args.split else None,
            actor=Actor.system("cli"),
            now=now,
        )
    rows: list[dict[str, Any]] = to_json(report)
    extra = (args.split,) if args.split else ()
    for row in rows:
        name = row["booked_to"] or {}
        row |= dict.fromkeys(extra, name.get("fr") or name.get("en") or "")
    if args.format == "csv" and not args.json:
        _write_csv((*COLUMNS, *extra), rows)
        return 0
    header = ("month", "access point", "sessions", "active min", "idle min", "powered min", *extra)
    minutes = [
        (
            row["month"],
            row["access_point"],
            row["sessions"],
            *(f"{row[key] / 60:.1f}" for key in COLUMNS[3:]),
            *(row[key] for key in extra),
        )
        for row in rows
    ]
    show(args, rows, table(header, minutes))
    return 0


def _occupancy(args: argparse.Namespace) -> int:
    from controller.capabilities.presence import occupancy
    from controller.cli.work import open_configured, show, table
    from controller.kernel.actor import Actor
    from controller.kernel.database import wall_clock
    from controller.kernel.jsontypes import to_json

    now = wall_clock()
    with open_configured(args) as (settings, database), database.read() as db:
        report = occupancy.occupancy_of_month(
            db, args.site or settings.site.id, month=args.month, actor=Actor.system("cli"), now=now
        )
    rows: list[dict[str, Any]] = to_json(report)
    if args.format == "csv" and not args.json:
        _write_csv(OCCUPANCY, rows)
        return 0
    header = ("zone", "quarter of an hour (UTC)", "most people", "entries")
    show(args, rows, table(header, [[row[key] for key in OCCUPANCY] for row in rows]))
    return 0


def _funder(args: argparse.Namespace) -> int:
    from controller.capabilities.statistics import funder
    from controller.cli.work import open_configured, show, table
    from controller.kernel.actor import Actor
    from controller.kernel.database import wall_clock
    from controller.kernel.jsontypes import to_json

    with open_configured(args) as (settings, database), database.read() as db:
        report = funder.report(
            db,
            args.site or settings.site.id,
            first=args.month,
            last=args.until,
            actor=Actor.system("cli"),
            now=wall_clock(),
        )
    months: list[dict[str, Any]] = to_json(report)
    rows = [{"month": month["month"], **figure} for month in months for figure in month["figures"]]
    for row in rows:
        name = row["name"] or {}
        row["name"] = name.get("fr") or name.get("en") or ""
    if args.format == "csv" and not args.json:
        _write_csv(FUNDER, rows)
        return 0
    text = table(FUNDER[:-1], [[row[key] or "" for key in FUNDER[:-1]] for row in rows])
    show(args, months, text)
    return 0


def _rebuild(args: argparse.Namespace) -> int:
    """Recompute the figures from the events and print the differences.

    Returns 1 if there were any.
    """
    from controller.capabilities.statistics import rebuild
    from controller.cli.work import open_configured, show
    from controller.kernel.actor import Actor
    from controller.kernel.database import wall_clock
    from controller.kernel.jsontypes import to_json

    with open_configured(args) as (settings, database), database.write() as db:
        result = rebuild.rebuild(
            db,
            args.site or settings.site.id,
            args.month,
            args.until,
            actor=Actor.system("cli"),
            now=wall_clock(),
        )
    lines = [f"corrected: {difference}" for difference in result.different]
    lines.append(f"{result.figures} figures recomputed, {len(result.different)} were different")
    show(args, to_json(result), "\n".join(lines))
    return 1 if result.different else 0


_REPORTS = {"usage": _usage, "occupancy": _occupancy, "funder": _funder, "rebuild": _rebuild}


def _write_csv(columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
    from controller.kernel.csv_cells import defuse

    writer = csv.DictWriter(sys.stdout, columns, extrasaction="ignore")
    writer.writeheader()
    for row in rows:
        writer.writerow(
            {name: defuse(cell) if isinstance(cell, str) else cell for name, cell in row.items()}
        )


def _month(text: str) -> str:
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
        raise argparse.ArgumentTypeError("expected YYYY-MM")
    return text
