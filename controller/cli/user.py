"""`loquet user add`: an account that can sign in."""

import argparse
import getpass
import sys

EXAMPLE = "loquet user add --email claire@example.org --role admin   (asks for the password)"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `add` and what an account needs; the password is never an argument."""
    from controller.kernel.actor import Role

    parser.add_argument("action", choices=["add"])
    parser.add_argument("--email", required=True, help="with which the person signs in")
    parser.add_argument("--role", required=True, choices=[role.value for role in Role])
    parser.add_argument("--site", help="where the role holds; without, the configured site")


def run(args: argparse.Namespace) -> int:
    """Ask for the password, or read it from standard input, and make the account."""
    from controller.capabilities.accounts import accounts
    from controller.cli.work import opened, show
    from controller.kernel.actor import Actor, Role
    from controller.kernel.database import wall_clock

    with opened(args) as (settings, database):
        password = _password()
        site = args.site or settings.site.id
        with database.write() as db:
            id_ = accounts.create(
                db,
                login=args.email,
                password=password,
                roles={site: frozenset({Role(args.role)})},
                actor=Actor.system("cli"),
                now=wall_clock(),
            )
    show(args, {"id": id_}, f"{args.email} can sign in as {args.role} of {site}")
    return 0


def _password() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("Password: ")
    return sys.stdin.readline().rstrip("\n")
