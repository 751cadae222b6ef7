"""`loquet user add`: an account that can sign in; `reset`: one whose owner lost everything."""

import argparse
import getpass
import sys

EXAMPLE = "loquet user add --email claire@example.org --role admin   (asks for the password)"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions and what an account needs; the password is never an argument."""
    from controller.kernel.actor import Role

    parser.add_argument("action", choices=["add", "reset"])
    parser.add_argument("--email", required=True, help="with which the person signs in")
    parser.add_argument("--role", choices=[role.value for role in Role], help="of a new account")
    parser.add_argument("--site", help="where the role holds; without, the configured site")


def run(args: argparse.Namespace) -> int:
    """Make the account, or a code with which its owner begins anew."""
    if args.action == "reset":
        return _reset(args)
    if args.role is None:
        print("loquet user add: --role is required", file=sys.stderr)
        return 2
    return _add(args)


def _add(args: argparse.Namespace) -> int:
    """Ask for the password, or read it from standard input."""
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


def _reset(args: argparse.Namespace) -> int:
    """As an admin does it on the page; for the last admin there is nobody else."""
    from controller.capabilities.accounts import accounts, invitations
    from controller.cli.work import opened, show
    from controller.kernel.actor import Actor
    from controller.kernel.database import wall_clock

    actor, now = Actor.system("cli"), wall_clock()
    with opened(args) as (_settings, database), database.write() as db:
        id_ = accounts.id_of(db, args.email)
        code = invitations.reset(db, id_, actor=actor, now=now)
    said = (
        f"{args.email} sets a new password at /recover with this code, once, within 7 days: {code}"
    )
    show(args, {"id": id_, "code": code}, said)
    return 0


def _password() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("Password: ")
    return sys.stdin.readline().rstrip("\n")
