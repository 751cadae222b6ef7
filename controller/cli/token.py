"""`loquet token add`: an API token of an account."""

import argparse

from controller.assembly import HOUSE

EXAMPLE = "loquet token add --email claire@example.org --name dashboard --scope events:read"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `add`, whose token it is, and its scopes."""
    from controller.capabilities.accounts.tokens import PER_MINUTE

    parser.add_argument("action", choices=["add"])
    parser.add_argument("--email", required=True, help="account whose roles the token has")
    parser.add_argument("--name", required=True, help="what the token is for")
    parser.add_argument(
        "--scope",
        action="append",
        default=[],
        choices=HOUSE.permissions,
        help="narrow the token to this; may be repeated; without, all that the roles allow",
    )
    parser.add_argument(
        "--per-minute",
        type=int,
        default=PER_MINUTE,
        help="how many requests it may make in a minute (%(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """Make the token and print it, once."""
    from controller.capabilities.accounts import accounts, tokens
    from controller.cli.work import opened, show
    from controller.kernel.actor import Actor
    from controller.kernel.database import wall_clock
    from controller.kernel.validate import parse

    scopes = args.scope or HOUSE.permissions
    with opened(args) as (_, database), database.write() as db:
        new = parse({"name": args.name, "per_minute": args.per_minute}, tokens.NewToken)
        account = accounts.id_of(db, args.email)
        made, secret = tokens.add(
            db,
            account,
            new.name,
            scopes,
            wall_clock(),
            Actor.system("cli"),
            per_minute=new.per_minute,
        )
    show(args, {"id": made.id, "token": secret}, secret)
    return 0
