"""`loquet member`: import members from a CSV file once all of it is right, and export them."""

import argparse
import sys
from pathlib import Path

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
    from controller.capabilities.member_files.import_csv import import_members
    from controller.capabilities.member_files.reading import ImportRefused
    from controller.cli.work import opened, show
    from controller.kernel.actor import Actor
    from controller.kernel.database import wall_clock

    data = _bytes(args.file)
    with opened(args) as (settings, database):
        try:
            done = import_members(
                database,
                data,
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
    text = f"{done.members} members imported, read as {done.encoding}"
    show(args, {"imported": done.members, "encoding": done.encoding}, text)
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


def _bytes(file: Path) -> bytes:
    from controller.cli.work import Failed

    try:
        return file.read_bytes()
    except OSError as error:
        raise Failed(f"{file}: {error.strerror}") from error


def _progress(what: str, count: int) -> None:
    if sys.stderr.isatty() and (what == "stored" or count % 1000 == 0):
        print(f"\r{count} lines {what}", end="", file=sys.stderr, flush=True)
