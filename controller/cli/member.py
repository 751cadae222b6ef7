"""`loquet member`: import members from a CSV file, all or none, and export them."""

import argparse
import sys
from pathlib import Path
from typing import TextIO

EXAMPLE = "loquet member import members.csv"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare import and export."""
    parser.add_argument("action", choices=["import", "export"])
    parser.add_argument("file", nargs="?", type=Path, help="to import; CSV as export prints it")
    parser.add_argument("--site", help="without, the configured site")


def run(args: argparse.Namespace) -> int:
    """Import, or export to standard output."""
    if args.action == "import" and args.file is None:
        args.wrong("name the CSV file: loquet member import FILE.csv")
    if args.action == "export" and args.file is not None:
        args.wrong(f"export prints; to write a file: loquet member export > {args.file}")
    return _import(args) if args.action == "import" else _export(args)


def _import(args: argparse.Namespace) -> int:
    from controller.capabilities.agents.installation import credential_key
    from controller.capabilities.badges.vault import Vault
    from controller.capabilities.member_files.import_csv import ImportRefused, import_members
    from controller.cli.work import opened, show
    from controller.kernel.actor import Actor
    from controller.kernel.database import wall_clock

    with opened(args) as (settings, database), _reading(args.file) as file:
        try:
            with database.write() as db:
                count = import_members(
                    db,
                    file,
                    vault=Vault(credential_key(settings)),
                    actor=Actor.system("cli"),
                    now=wall_clock(),
                    site_id=args.site or settings.site.id,
                    progress=_progress,
                )
        except ImportRefused as refused:
            for problem in refused.problems[1:]:
                where = f"{args.file}: line {problem.line}, column {problem.column}"
                print(f"{where}: {problem.message}", file=sys.stderr)
            raise
    show(args, {"imported": count}, f"{count} members imported")
    return 0


def _export(args: argparse.Namespace) -> int:
    from controller.capabilities.member_files.export_csv import export_members
    from controller.cli.work import opened
    from controller.kernel.actor import Actor
    from controller.kernel.database import wall_clock

    with opened(args) as (settings, database), database.write() as db:
        site = args.site or settings.site.id
        pieces = export_members(db, site, actor=Actor.system("cli"), now=wall_clock())
        sys.stdout.writelines(pieces)
    return 0


def _reading(file: Path) -> TextIO:
    from controller.cli.work import Failed

    try:
        return file.open(encoding="utf-8", newline="")
    except OSError as error:
        raise Failed(f"{file}: {error.strerror}") from error


def _progress(line: int) -> None:
    if sys.stderr.isatty() and line % 1000 == 0:
        print(f"\r{line} lines", end="", file=sys.stderr, flush=True)
