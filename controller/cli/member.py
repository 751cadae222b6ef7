"""`loquet member`: import members from a file, undo that, export them, or keep records due for
erasure.

An import is only carried out if every line is correct.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from controller.capabilities.member_files.problems import Problem

EXAMPLE = "loquet member import members.csv"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions and their options."""
    parser.add_argument(
        "action",
        choices=["import", "undo-import", "export", "due", "keep"],
        help="undo-import: undo the latest import, up to 14 days old",
    )
    parser.add_argument(
        "file", nargs="?", type=Path, help="the file to import; CSV as export prints it"
    )
    parser.add_argument("--site", help="default: the configured site")
    parser.add_argument(
        "--mapping", type=Path, help="TOML file that maps columns, as the Import page saves it"
    )
    parser.add_argument("--id", help="keep: id of the record, as `due` lists it")
    parser.add_argument(
        "--try",
        action="store_true",
        dest="only_try",
        help="show what would be done, and write nothing",
    )


def run(args: argparse.Namespace) -> int:
    """Run the action."""
    if (args.action == "keep") is not (args.id is not None):
        args.wrong("to keep a record, name it: loquet member keep --id ID")
    if args.action in ("due", "keep"):
        return _due_or_keep(args)
    if args.action == "import" and args.file is None:
        args.wrong("name the CSV file: loquet member import FILE.csv")
    if args.action == "export" and args.file is not None:
        args.wrong(f"export prints; to write a file: loquet member export > {args.file}")
    if args.action == "undo-import":
        return _undo_import(args)
    if args.action == "import":
        return _import_table(args) if args.mapping else _import(args)
    return _export(args)


def _import_table(args: argparse.Namespace) -> int:
    """Import any spreadsheet, with a mapping of its columns."""
    from controller.capabilities.imports.bundle import bundle
    from controller.capabilities.imports.mapping import load
    from controller.capabilities.imports.tables import read_table
    from controller.cli.import_command import preview_and_import
    from controller.cli.work import read_file

    table = read_table(read_file(args.file))
    mapping = load(read_file(args.mapping))
    return preview_and_import(args, lambda now: bundle(table, mapping, now), table.source_format)


def _import(args: argparse.Namespace) -> int:
    from controller.capabilities.member_files.import_csv import import_members, try_members
    from controller.capabilities.member_files.reading import ImportRefused
    from controller.cli.import_command import count_imported
    from controller.cli.numbers import vault_of
    from controller.cli.progress import Progress
    from controller.cli.work import open_configured, read_file, show
    from controller.kernel.actor import Actor
    from controller.kernel.database import wall_clock

    data = read_file(args.file)
    with open_configured(args) as (settings, database):
        context: dict[str, Any] = {
            "vault": vault_of(settings),
            "actor": Actor.system("cli"),
            "now": wall_clock(),
            "site_id": args.site or settings.site.id,
        }
        try:
            if args.only_try:
                outcome = try_members(database, data, **context)
            else:
                with Progress() as progress:
                    outcome = import_members(database, data, **context, progress=progress.lines)
        except ImportRefused as refused:
            if not args.json:  # the error has them then
                _print_problems(args.file, refused.problems)
            raise
    verb = "would be imported" if args.only_try else "imported"
    counts = count_imported(outcome)
    del counts["imported"]
    result = {verb.replace(" ", "_"): outcome.members, **counts, "encoding": outcome.encoding}
    details = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())
    text = f"{outcome.members} members {verb} ({details}), read as {outcome.encoding}"
    duplicates = (
        f"; {len(outcome.possible_duplicates)} of them may be here already"
        if outcome.possible_duplicates
        else ""
    )
    show(args, result, text + duplicates)
    return 0


def _print_problems(file: Path, problems: "Sequence[Problem]") -> None:
    """Print all problems but the first, which the error names."""
    from controller.capabilities.member_files.problems import ProblemReason

    for problem in problems[1:]:
        where = f"{file}: line {problem.line}, column {problem.column}"
        print(f"{where}: {problem.message}", file=sys.stderr)
    headings = {ProblemReason.COLUMN_UNKNOWN, ProblemReason.COLUMN_MISSING}
    if headings & {problem.reason for problem in problems}:
        print(_OWN_HEADINGS, file=sys.stderr)


_OWN_HEADINGS = (
    "For a spreadsheet with other headings, assign its columns on the Import page, save the mapping"
    " as a file, then run: loquet member import FILE --mapping map.toml"
)


def _undo_import(args: argparse.Namespace) -> int:
    from controller.capabilities.member_files import undo
    from controller.cli.work import open_configured, show
    from controller.kernel.actor import Actor
    from controller.kernel.bulk_operation import Outcome, batches
    from controller.kernel.database import wall_clock
    from controller.kernel.errors import NotFound

    actor, now, outcome = Actor.system("cli"), wall_clock(), Outcome()
    with open_configured(args) as (settings, database):
        site = args.site or settings.site.id
        with database.read() as db:
            imported = undo.last(db, site, actor=actor, now=now)
            if imported is None:
                raise NotFound("import of the last 14 days that is not undone", site)
            ids = undo.imported_members(db, imported)
        when = f"the import of {imported.at:%Y-%m-%d %H:%M} UTC"
        if args.only_try:
            result = {"members": len(ids), "imported_at": str(imported.at)}
            show(args, result, f"{when} would be undone: {len(ids)} members")
            return 0
        for batch in batches(ids):
            with database.write() as db:
                outcome += undo.take_back(db, batch, actor=actor, now=now)
            database.give_way()
        with database.write() as db:
            undo.record(db, imported, actor=actor, now=now)
    result = {"removed": outcome.done, "kept": outcome.refused, "imported_at": str(imported.at)}
    stay_text = (
        f"; {outcome.refused} stay, because they have been used since" if outcome.refused else ""
    )
    show(args, result, f"{when} is undone: {outcome.done} members removed{stay_text}")
    return 0


def _export(args: argparse.Namespace) -> int:
    import csv
    import io

    from controller.capabilities.member_files.export_csv import export_members
    from controller.cli.work import open_configured, show
    from controller.kernel.actor import Actor
    from controller.kernel.database import wall_clock

    with open_configured(args) as (settings, database), database.write() as db:
        site = args.site or settings.site.id
        pieces = export_members(db, site, actor=Actor.system("cli"), now=wall_clock())
        if args.json:
            whole = io.StringIO("".join(pieces), newline="")
            show(args, list(csv.DictReader(whole)), "")
        else:
            sys.stdout.writelines(pieces)
    return 0


def _due_or_keep(args: argparse.Namespace) -> int:
    from controller.capabilities.privacy.erasure import waiting_list
    from controller.cli.work import open_configured, show, table
    from controller.kernel.actor import Actor
    from controller.kernel.database import wall_clock
    from controller.kernel.jsontypes import to_json
    from controller.kernel.paging import all_items

    actor = Actor.system("cli")
    with open_configured(args) as (_, database), database.write() as db:
        if args.id is not None:
            waiting_list.bring_back(db, args.id, actor=actor, now=wall_clock())
        due = list(all_items(lambda at: waiting_list.page(db, actor=actor, cursor=at)))
    rows = [(member.member_id, member.name, str(member.erased_from.date())) for member in due]
    text = table(("member", "name", "erased from"), rows) if rows else "No record is due."
    show(args, [to_json(member) for member in due], text)
    return 0
