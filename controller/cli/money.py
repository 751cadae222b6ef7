"""`loquet money`: reckon every charge again and compare, debits against credits."""

import argparse

EXAMPLE = "loquet money check"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what is to be done, and the site."""
    parser.add_argument("what", choices=["check"])
    parser.add_argument("--site", help="without, the configured site")


def run(args: argparse.Namespace) -> int:
    """Print what differs; 1 if anything does."""
    from controller.capabilities.billing.check import check
    from controller.cli.work import opened, show
    from controller.kernel.jsontypes import to_json

    with opened(args) as (settings, database), database.read() as db:
        found = check(db, args.site or settings.site.id)
    lines = [f"differs: {each}" for each in found.different]
    lines += [
        f"statement {each} is not what its charges come to" for each in found.statements_wrong
    ]
    books = "equal" if found.debit_cents == found.credit_cents else "DIFFERENT"
    lines.append(
        f"{found.units} months of people reckoned again, {len(found.different)} differ;"
        f" debits and credits {books} ({found.debit_cents} and {found.credit_cents} cents)"
    )
    show(args, to_json(found) | {"is_right": found.is_right}, "\n".join(lines))
    return 0 if found.is_right else 1
