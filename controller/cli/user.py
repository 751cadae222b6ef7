"""`loquet user`: add, list, revoke and reset accounts."""

import argparse
import getpass
import sys
from pathlib import Path

EXAMPLE = "loquet user add --email claire@example.org --role admin   (asks for the password)"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions and the options of an account; the password is never an argument."""
    from controller.kernel.actor import Role

    parser.add_argument("action", choices=sorted(_ACTIONS))
    parser.add_argument("--email", help="e-mail address that the person signs in with")
    parser.add_argument(
        "--role", choices=[role.value for role in Role], help="role of a new account"
    )
    parser.add_argument("--site", help="site of the role (default: the configured site)")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="write the code to FILE, mode 0600"
    )


def run(args: argparse.Namespace) -> int:
    """Run the chosen action."""
    if args.action != "list" and args.email is None:
        args.wrong(f"name the account: loquet user {args.action} --email ADDRESS")
    if args.action == "add" and args.role is None:
        args.wrong("a new account needs --role")
    _ACTIONS[args.action](args)
    return 0


def _list(args: argparse.Namespace) -> None:
    from controller.capabilities.accounts import admin
    from controller.cli.work import open_configured, show, table
    from controller.kernel.actor import Actor
    from controller.kernel.jsontypes import to_json
    from controller.kernel.paging import all_items

    with open_configured(args) as (_settings, database), database.read() as db:
        system = Actor.system("cli")
        all_accounts = list(all_items(lambda at: admin.page(db, actor=system, cursor=at)))
    rows = [
        (
            account.login,
            ", ".join(f"{'/'.join(roles)} of {site}" for site, roles in account.roles.items()),
            "revoked" if account.disabled_at else "",
        )
        for account in all_accounts
    ]
    show(
        args, [to_json(account) for account in all_accounts], table(("account", "roles", ""), rows)
    )


def _revoke(args: argparse.Namespace) -> None:
    """Disable the account and end its tokens."""
    from controller.capabilities.accounts import accounts, admin
    from controller.cli.work import open_configured, show
    from controller.kernel.actor import Actor
    from controller.kernel.database import wall_clock
    from controller.kernel.jsontypes import to_json

    actor = Actor.system("cli")
    with open_configured(args) as (_settings, database), database.write() as db:
        id_ = accounts.id_of(db, args.email)
        closed = admin.disable(db, id_, actor=actor, now=wall_clock())
    show(args, to_json(closed), f"{args.email} can no longer sign in; its tokens are revoked")


def _add(args: argparse.Namespace) -> None:
    """Add an account; the password is asked for, or read from standard input."""
    from controller.capabilities.accounts import accounts
    from controller.cli.work import open_configured, show
    from controller.kernel.actor import Actor, Role
    from controller.kernel.database import wall_clock

    with open_configured(args) as (settings, database):
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


def _reset(args: argparse.Namespace) -> None:
    """Issue a code for a new password, also for the last admin."""
    from controller.capabilities.accounts import accounts, invitations
    from controller.cli.work import open_configured, show_secret
    from controller.kernel.actor import Actor
    from controller.kernel.database import wall_clock

    actor, now = Actor.system("cli"), wall_clock()
    with open_configured(args) as (_settings, database), database.write() as db:
        id_ = accounts.id_of(db, args.email)
        code = invitations.reset(db, id_, actor=actor, now=now)
    where = "with this code" if args.out is None else f"with the code in {args.out}"
    text = f"{args.email} sets a new password at /recover {where}, once, within 7 days"
    show_secret(args, {"id": id_}, "code", code, text)


def _password() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("Password: ")
    return sys.stdin.readline().rstrip("\n")


_ACTIONS = {"add": _add, "list": _list, "revoke": _revoke, "reset": _reset}
