"""`loquet watch`: print changes at the site as lines of JSON, for other programs."""

import argparse
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from controller.cli.commission import declare_ca, trust

if TYPE_CHECKING:
    from controller.cli.watching.lines import Line

EXAMPLE = "loquet watch --types point,alarm --keep var/watch.cursor"
_BEGINNINGS = "`now` (default), `start` for all stored changes, or the `cursor` of a line"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options: the source (database or URL), where to begin, and which types."""
    parser.add_argument("--from", dest="begin", default="now", metavar="CURSOR", help=_BEGINNINGS)
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="FILE",
        help="continue from the cursor in FILE, and save the cursor there",
    )
    parser.add_argument("--types", default="", metavar="A,B", help="only these types")
    parser.add_argument("--site", help="only this site (default: all sites)")
    parser.add_argument("--once", action="store_true", help="stop after the changes that exist now")
    parser.add_argument(
        "--url", help="address of a remote controller; put its token into LOQUET_TOKEN"
    )
    declare_ca(parser)
    parser.add_argument("--token-file", type=Path, metavar="FILE", help="or into this file")


def run(args: argparse.Namespace) -> int:
    """Print changes until SIGTERM, Ctrl-C, or until the program that reads the output is gone."""
    from controller.cli.watching import cursor_file

    types = frozenset(filter(None, args.types.split(",")))
    _check(args, types)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    begin = cursor_file.read(args.keep) or args.begin
    try:
        for line in _lines(args, begin):
            if line.type and (not types or line.type in types or line.is_missed):
                print(line.text(), flush=True)
            if line.cursor:
                cursor_file.write(args.keep, line.cursor)
    except (KeyboardInterrupt, BrokenPipeError):
        cursor_file.discard_output()
    return 0


def _check(args: argparse.Namespace, types: frozenset[str]) -> None:
    from controller.assembly import HOUSE
    from controller.cli.watching.lines import is_beginning

    if unknown := sorted(types - HOUSE.kinds.words):
        args.wrong(f"no such type: {', '.join(unknown)}; {', '.join(sorted(HOUSE.kinds.words))}")
    if not is_beginning(args.begin):
        args.wrong(f"--from {args.begin}: {_BEGINNINGS}")
    if args.token_file and not args.url:
        args.wrong("--token-file goes with --url")
    if args.ca and not args.url:
        args.wrong("--ca goes with --url")
    if args.url and args.once:
        args.wrong("--once reads the database here; with --url use `timeout 30 loquet watch …`")


def _lines(args: argparse.Namespace, begin: str) -> Iterator["Line"]:
    if args.url:
        from controller.cli.watching.remote_stream import lines as remote_lines

        return remote_lines(args.url, _token(args), begin, args.site, trust(args))
    from controller.cli.watching.local_stream import lines as local_lines

    return local_lines(args, begin)


def _token(args: argparse.Namespace) -> str:
    import os

    from controller.cli.work import CommandFailed
    from controller.settings.reading import read_secret

    token = read_secret(str(args.token_file)) if args.token_file else os.environ.get("LOQUET_TOKEN")
    if not token:
        raise CommandFailed(
            "set LOQUET_TOKEN, or name a file with --token-file; loquet token add makes one"
        )
    return token
