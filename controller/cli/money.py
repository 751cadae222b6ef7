"""`loquet money`: recalculate every charge and compare, or export accounting entries as files."""

import argparse
from datetime import date
from pathlib import Path

EXAMPLE = "loquet money entries --since 2026-01-01 --until 2026-12-31 --folder /tmp"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the action and the site, and for entries the period and the folder."""
    parser.add_argument("what", choices=["check", "entries"])
    parser.add_argument("--site", help="default: the configured site")
    parser.add_argument("--since", type=date.fromisoformat, help="entries: first day, YYYY-MM-DD")
    parser.add_argument(
        "--until", type=date.fromisoformat, help="entries: last day, YYYY-MM-DD, in the same year"
    )
    parser.add_argument("--folder", type=Path, default=Path(), help="folder to write the files to")


def run(args: argparse.Namespace) -> int:
    """Run the action; returns 1 if a check finds differences."""
    return _entries(args) if args.what == "entries" else _check(args)


def _check(args: argparse.Namespace) -> int:
    from controller.capabilities.billing.check import check
    from controller.cli.progress import Progress
    from controller.cli.work import open_configured, show
    from controller.kernel.jsontypes import to_json

    with (
        open_configured(args) as (settings, database),
        database.read() as db,
        Progress() as progress,
    ):
        result = check(
            db,
            args.site or settings.site.id,
            lambda done, total: progress("months of people", done, total),
        )
    lines = [f"differs: {difference}" for difference in result.different]
    lines += [
        f"{statement} differs from the sum of its charges" for statement in result.statements_wrong
    ]
    lines += [f"number missing: {number}" for number in result.numbers_missing]
    lines += [f"debits differ from credits: {entry}" for entry in result.unbalanced]
    books = "equal" if result.debit_cents == result.credit_cents else "DIFFERENT"
    lines.append(
        f"{result.units} months of people recalculated, {len(result.different)} differ;"
        f" debits and credits {books} ({result.debit_cents} and {result.credit_cents} cents)"
    )
    show(args, to_json(result) | {"is_right": result.is_right}, "\n".join(lines))
    return 0 if result.is_right else 1


def _entries(args: argparse.Namespace) -> int:
    from controller.capabilities.billing import exports
    from controller.cli.work import CommandFailed, open_configured, show
    from controller.kernel.actor import Actor
    from controller.kernel.database import wall_clock
    from controller.kernel.errors import ServiceError

    if args.since is None or args.until is None:
        args.wrong("give --since and --until, days of one year")
    actor = Actor.system("cli")
    with open_configured(args) as (settings, database), database.write() as db:
        site_id = args.site or settings.site.id
        try:
            export = exports.make(
                db, site_id, args.since, args.until, actor=actor, now=wall_clock()
            )
        except ServiceError as problem:
            raise CommandFailed(str(problem)) from problem
    for name, data in export.files.items():
        (args.folder / name).write_bytes(data)
    names = [str(args.folder / name) for name in export.files]
    show(args, {"files": names, "entries": export.entries}, "\n".join(names))
    return 0
