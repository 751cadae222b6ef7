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
    from controller.cli.work import open_configured, show
    from controller.kernel.jsontypes import to_json

    with open_configured(args) as (settings, database), database.read() as db:
        found = check(db, args.site or settings.site.id)
    lines = [f"differs: {difference}" for difference in found.different]
    lines += [
        f"{statement} is not what its charges come to" for statement in found.statements_wrong
    ]
    lines += [f"number missing: {number}" for number in found.numbers_missing]
    lines += [f"debits are not credits: {entry}" for entry in found.unbalanced]
    books = "equal" if found.debit_cents == found.credit_cents else "DIFFERENT"
    lines.append(
        f"{found.units} months of people recalculated, {len(found.different)} differ;"
        f" debits and credits {books} ({found.debit_cents} and {found.credit_cents} cents)"
    )
    show(args, to_json(found) | {"is_right": found.is_right}, "\n".join(lines))
    return 0 if found.is_right else 1


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
            made = exports.make(db, site_id, args.since, args.until, actor=actor, now=wall_clock())
        except ServiceError as problem:
            raise CommandFailed(str(problem)) from problem
    for name, data in made.files.items():
        (args.folder / name).write_bytes(data)
    names = [str(args.folder / name) for name in made.files]
    show(args, {"files": names, "entries": made.entries}, "\n".join(names))
    return 0
