"""`loquet badge`: master keys for cards, and writing keys to cards at a reader."""

import argparse
import getpass
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from controller.capabilities.badges.card_masters import CardMasters
    from controller.kernel.database import Database
    from controller.settings import Settings

EXAMPLE = "loquet badge personalise --member 01938f5e-… --at front-door"

_HEX_DIGITS = 32


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the action, the member, and the reader."""
    parser.add_argument("what", choices=["personalise", "keys"])
    parser.add_argument(
        "verb",
        nargs="?",
        choices=["new", "list"],
        help="for keys: create a master key, or list them",
    )
    parser.add_argument(
        "--parts",
        action="store_true",
        help="keys new: make the key from parts that several people type, hidden",
    )
    parser.add_argument(
        "--member", metavar="ID", help="personalise: the member who has or gets the badge"
    )
    parser.add_argument(
        "--level",
        choices=["aes", "sun"],
        default="aes",
        help="protection of the card (default: aes)",
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--at", metavar="POINT", help="use the reader of this access point")
    where.add_argument(
        "--pn532", metavar="PATH", help="use a PN532 on a serial port of this computer"
    )
    where.add_argument(
        "--rc522", action="store_true", help="use an MFRC522 on this computer's SPI bus"
    )
    parser.add_argument("--site", help="default: the configured site")
    parser.add_argument(
        "--wait", type=float, default=60.0, metavar="SECONDS", help="how long to wait for the card"
    )


def run(args: argparse.Namespace) -> int:
    """Run the action. Raises CommandFailed and service errors."""
    if args.what == "keys":
        if args.verb is None:
            args.wrong("name an action: loquet badge keys new, or loquet badge keys list")
        return _new(args) if args.verb == "new" else _list(args)
    if not args.member or not (args.at or args.pn532 or args.rc522):
        args.wrong("name the member and the reader: --member ID --at POINT")
    return _personalise(args)


def _new(args: argparse.Namespace) -> int:
    from controller.cli.work import show
    from controller.kernel.actor import Actor
    from controller.kernel.database import wall_clock

    parts = _parts() if args.parts else []
    with _open_masters(args) as (settings, database, masters), database.write() as db:
        site, actor = args.site or settings.site.id, Actor.system("cli")
        master = masters.add(db, parts=parts, actor=actor, now=wall_clock(), site_id=site)
        result = {"version": master.version, "check_value": master.check_value}
    text = f"master {result['version']} was created; its check value is {result['check_value']}"
    show(args, result, text)
    return 0


def _list(args: argparse.Namespace) -> int:
    from controller.capabilities.badges.card_masters import all_masters
    from controller.cli.work import open_configured, show, table

    with open_configured(args) as (_settings, database), database.read() as db:
        rows = [
            (master.version, master.check_value, master.created_at.text(), master.cards)
            for master in all_masters(db)
        ]
    result = [
        {"version": version, "check_value": check, "created_at": at, "cards": cards}
        for version, check, at, cards in rows
    ]
    show(args, result, table(("version", "check value", "made", "cards"), rows))
    return 0


def _parts() -> list[bytes]:
    """Read key parts without echo, or a line each from standard input, until an empty one.

    Raises CommandFailed.
    """
    from controller.capabilities.badges.card_masters import check_value
    from controller.cli.work import CommandFailed

    parts: list[bytes] = []
    while text := _line(f"Part {len(parts) + 1} (32 hex digits; leave empty to finish): "):
        try:
            part = bytes.fromhex(text)
        except ValueError:
            part = b""
        if len(part) * 2 != _HEX_DIGITS:
            raise CommandFailed(
                f"part {len(parts) + 1} is not {_HEX_DIGITS} hex digits; no key was created"
            )
        parts.append(part)
        print(f"part {len(parts)}: check value {check_value(part)}", file=sys.stderr)
    if len(parts) < 2:
        raise CommandFailed("a master key needs at least two parts; no key was created")
    return parts


def _line(prompt: str) -> str:
    if sys.stdin.isatty():
        return getpass.getpass(prompt).strip()
    return sys.stdin.readline().strip()


@contextmanager
def _open_masters(args: argparse.Namespace) -> "Iterator[tuple[Settings, Database, CardMasters]]":
    """Open the settings, the database, and the master keys of cards. Raises SettingsError."""
    from controller.capabilities.agents.installation import own_key
    from controller.capabilities.badges.card_masters import CardMasters
    from controller.cli.work import open_configured

    with open_configured(args) as (settings, database):
        yield settings, database, CardMasters(own_key(settings))


def _personalise(args: argparse.Namespace) -> int:
    from controller.cli.badge_card import CardJob, at_point, at_reader
    from controller.cli.numbers import vault_of
    from controller.cli.work import show
    from controller.domain.facts import Assurance

    with _open_masters(args) as (settings, database, masters):
        work = CardJob(
            database=database,
            site_id=args.site or settings.site.id,
            member_id=args.member,
            level=Assurance(args.level),
            vault=vault_of(settings),
            masters=masters,
            wait_s=args.wait,
        )
        if args.at:
            kind = at_point(work, args.at)
        else:
            kind = at_reader(work, args.pn532)
    show(args, {"card": kind.value, "level": args.level}, f"{kind.value}: proves {args.level} now")
    return 0
