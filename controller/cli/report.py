"""`loquet report`: the use of each machine, or how full zones were, in a month."""

import argparse
import csv
import re
import sys
from collections.abc import Sequence
from typing import Any

EXAMPLE = "loquet report usage --month 2026-11 --format csv"
COLUMNS = ("month", "access_point", "sessions", "active_s", "idle_s", "powered_s")
OCCUPANCY = ("zone_id", "quarter", "peak", "entries")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the report, its month, its site and its format."""
    parser.add_argument("report", choices=["usage", "occupancy"])
    parser.add_argument("--month", type=_month, help="YYYY-MM; without, this month")
    parser.add_argument("--site", help="without, the configured site")
    parser.add_argument(
        "--split", choices=["organisation", "project"], help="of usage: count each apart"
    )
    parser.add_argument("--format", choices=["text", "csv"], default="text")


def run(args: argparse.Namespace) -> int:
    """Print the report."""
    return _occupancy(args) if args.report == "occupancy" else _usage(args)


def _usage(args: argparse.Namespace) -> int:
    from controller.capabilities.usage import report as usage
    from controller.capabilities.usage.shapes import UsageSplit
    from controller.cli.work import opened, show, table
    from controller.kernel.actor import Actor
    from controller.kernel.database import wall_clock
    from controller.kernel.jsontypes import to_json

    now = wall_clock()
    with opened(args) as (settings, database), database.read() as db:
        site = args.site or settings.site.id
        found = usage.report(
            db,
            site,
            first=args.month,
            split=UsageSplit(args.split) if args.split else None,
            actor=Actor.system("cli"),
            now=now,
        )
    rows: list[dict[str, Any]] = to_json(found)
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
    from controller.cli.work import opened, show, table
    from controller.kernel.actor import Actor
    from controller.kernel.database import wall_clock
    from controller.kernel.jsontypes import to_json

    if args.split:
        args.wrong("--split goes with usage; occupancy counts heads")
    now = wall_clock()
    with opened(args) as (settings, database), database.read() as db:
        found = occupancy.of_month(
            db, args.site or settings.site.id, month=args.month, actor=Actor.system("cli"), now=now
        )
    rows: list[dict[str, Any]] = to_json(found)
    if args.format == "csv" and not args.json:
        _write_csv(OCCUPANCY, rows)
        return 0
    header = ("zone", "quarter of an hour (UTC)", "most heads", "came in")
    show(args, rows, table(header, [[row[key] for key in OCCUPANCY] for row in rows]))
    return 0


def _write_csv(columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
    writer = csv.DictWriter(sys.stdout, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)


def _month(text: str) -> str:
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
        raise argparse.ArgumentTypeError("expected YYYY-MM")
    return text
