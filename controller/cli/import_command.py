"""`loquet import`: import from fab-manager or FabOMatic.

`--try` only shows what would be imported.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from controller.domain.time import Utc

if TYPE_CHECKING:
    from controller.capabilities.imports.bundle import (
        Bundle,
        BundlePreview,
        ImportedMachine,
        ProgramData,
    )
    from controller.capabilities.member_files.import_csv import ImportOutcome
    from controller.kernel.database import Session

EXAMPLE = "loquet import fabomatic database.sqldb --try"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the program to import from, and its options."""
    parser.add_argument("program", choices=["fab-manager", "fabomatic"])
    parser.add_argument("source", help="fab-manager's address, or FabOMatic's database file")
    parser.add_argument(
        "--token-file", type=Path, help="a file that contains only fab-manager's token"
    )
    parser.add_argument("--mapping", type=Path, help="TOML file that maps its plans to yours")
    parser.add_argument("--site", help="default: the configured site")
    parser.add_argument(
        "--try",
        action="store_true",
        dest="only_try",
        help="show what would be imported, and write nothing",
    )


def run(args: argparse.Namespace) -> int:
    """Read everything, then import what is not here yet.

    Returns 1 if lines have to be corrected.
    """
    from controller.capabilities.imports.bundle import bundle
    from controller.capabilities.imports.mapping import identity_mapping, load
    from controller.cli.work import read_file

    if args.program == "fab-manager" and args.token_file is None:
        args.wrong("put fab-manager's token in a file: --token-file FILE")
    source = _read_source(args)
    if args.mapping:
        mapping = load(read_file(args.mapping))
    else:
        mapping = identity_mapping(source.table.headings)
    return preview_and_import(
        args,
        lambda now: bundle(source.table, mapping, now, source.equipment),
        source.table.source_format,
    )


def _read_source(args: argparse.Namespace) -> "ProgramData":
    from controller.cli.work import read_file

    if args.program == "fabomatic":
        from controller.integrations.fabomatic.import_source import read_database

        return read_database(read_file(Path(args.source)))
    from controller.integrations.fab_manager.client import FabManager
    from controller.integrations.fab_manager.import_source import read_installation

    token = read_file(args.token_file).decode("utf-8", "replace").strip()
    return read_installation(FabManager(args.source, token, allow_private=True))


def preview_and_import(
    args: argparse.Namespace, make: Callable[[Utc], "Bundle"], source_format: str
) -> int:
    """Preview the import and, unless `--try` is given, carry it out.

    Returns 1 if lines have to be corrected.
    """
    from controller.capabilities.imports.bundle import ImportContext, import_bundle, preview
    from controller.cli.numbers import vault_of
    from controller.cli.progress import Progress
    from controller.cli.work import open_configured, show
    from controller.integrations.fabomatic.boards import link_imported
    from controller.kernel.actor import Actor
    from controller.kernel.database import wall_clock
    from controller.kernel.jsontypes import to_json

    def add_machines(db: "Session", machines: "Sequence[ImportedMachine]") -> None:
        # Machines from fab-manager have no number, so no board is linked for them.
        link_imported(db, context.site_id, machines, actor=context.actor, now=context.now)

    with open_configured(args) as (settings, database):
        context = ImportContext(
            database=database,
            vault=vault_of(settings),
            actor=Actor.system("cli"),
            now=wall_clock(),
            site_id=args.site or settings.site.id,
        )
        bundle = make(context.now)
        for records in () if args.json else bundle.skipped:
            print(f"not imported, {records.why}: {', '.join(records.names)}", file=sys.stderr)
        bundle_preview = preview(bundle, context)
        if bundle_preview.problems:
            return _print_problems(args, bundle_preview)
        if args.only_try:
            counts = {"new": bundle_preview.new_people, "here": len(bundle_preview.existing_people)}
        else:
            with Progress() as progress:
                added = import_bundle(
                    bundle, context, add_machines=add_machines, progress=progress.lines
                )
            counts = count_imported(added.imported)
    counts |= {
        "certifications": len(bundle_preview.certifications),
        "machines": len(bundle_preview.machines),
    }
    text = ", ".join(f"{count} {what.replace('_', ' ')}" for what, count in counts.items())
    result: dict[str, Any] = {
        **counts,
        "written": source_format,
        "not_imported": to_json(bundle.skipped),
    }
    show(args, result, f"{text}; read as {source_format}")
    return 0


def count_imported(outcome: "ImportOutcome") -> dict[str, int]:
    """Return the number of imported records by kind."""
    return {
        "imported": outcome.members,
        "badges": outcome.badges,
        "subscriptions": outcome.subscriptions,
        "certifications_given": outcome.certifications,
    }


def _print_problems(args: argparse.Namespace, bundle_preview: "BundlePreview") -> int:
    """Print each line that has to be corrected to standard error, like `loquet member import`.

    Raises ImportRefused for JSON, whose error has them all.
    """
    from controller.capabilities.member_files.reading import ImportRefused

    if args.json:
        raise ImportRefused(bundle_preview.problems)
    for problem in bundle_preview.problems:
        where = f"line {problem.line}, column {problem.column}"
        print(f"{where}: {problem.message}", file=sys.stderr)
    return 1
