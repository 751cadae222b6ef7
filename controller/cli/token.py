"""`loquet token`: add, list or revoke API tokens."""

import argparse
from pathlib import Path

from controller.assembly import HOUSE

EXAMPLE = "loquet token add --email claire@example.org --name dashboard --scope events:read"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the action and its options."""
    from controller.capabilities.accounts.tokens import PER_MINUTE

    parser.add_argument("action", choices=sorted(_ACTIONS))
    parser.add_argument("id", nargs="?", help="revoke: id of the token, as `list` shows it")
    parser.add_argument("--email", help="account whose roles the token gets; list: whose tokens")
    parser.add_argument("--name", help="what the token is for")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="write the token to FILE, mode 0600"
    )
    parser.add_argument(
        "--scope",
        action="append",
        default=[],
        choices=HOUSE.permissions,
        help="limit the token to this scope; may be repeated (default: all that the roles allow)",
    )
    parser.add_argument(
        "--per-minute",
        type=int,
        default=PER_MINUTE,
        help="how many requests per minute it may make (%(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """Run the action."""
    if (args.action == "revoke") is not (args.id is not None):
        args.wrong("only revoke takes an id: loquet token revoke ID")
    if args.action == "add" and not (args.email and args.name):
        args.wrong("a token needs --email (its account) and --name (its purpose)")
    _ACTIONS[args.action](args)
    return 0


def _list(args: argparse.Namespace) -> None:
    from controller.capabilities.accounts import accounts, admin, tokens
    from controller.cli.work import open_configured, show, table
    from controller.kernel.actor import Actor
    from controller.kernel.jsontypes import to_json
    from controller.kernel.paging import all_items

    system = Actor.system("cli")
    with open_configured(args) as (_, database), database.read() as db:
        account_id = accounts.id_of(db, args.email) if args.email else None
        logins = {
            account.id: account.login
            for account in all_items(lambda at: admin.page(db, actor=system, cursor=at))
        }
        active_tokens = [
            token
            for token in all_items(lambda at: tokens.page(db, actor=system, cursor=at))
            if token.revoked_at is None and account_id in (None, token.account_id)
        ]
    rows = [
        (token.id, logins.get(token.account_id, "?"), token.name, token.used_at or "never used")
        for token in active_tokens
    ]
    header = ("token", "account", "for", "last used")
    show(args, [to_json(token) for token in active_tokens], table(header, rows))


def _revoke(args: argparse.Namespace) -> None:
    from controller.capabilities.accounts import tokens
    from controller.cli.work import open_configured, show
    from controller.kernel.actor import Actor
    from controller.kernel.database import wall_clock
    from controller.kernel.jsontypes import to_json

    with open_configured(args) as (_, database), database.write() as db:
        token = tokens.revoke(db, args.id, actor=Actor.system("cli"), now=wall_clock())
    show(args, to_json(token), f"{token.name} is revoked")


def _add(args: argparse.Namespace) -> None:
    """Create the token and print it; it can't be shown again."""
    from controller.capabilities.accounts import accounts, tokens
    from controller.cli.work import open_configured, show_secret
    from controller.kernel.actor import Actor
    from controller.kernel.database import wall_clock
    from controller.kernel.validate import parse

    scopes = args.scope or HOUSE.permissions
    with open_configured(args) as (_, database), database.write() as db:
        new = parse({"name": args.name, "per_minute": args.per_minute}, tokens.NewToken)
        account = accounts.id_of(db, args.email)
        token, secret = tokens.add(
            db,
            account,
            new.name,
            scopes,
            wall_clock(),
            Actor.system("cli"),
            per_minute=new.per_minute,
        )
    show_secret(args, {"id": token.id}, "token", secret)


_ACTIONS = {"add": _add, "list": _list, "revoke": _revoke}
