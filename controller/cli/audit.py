"""`loquet audit verify`: whether nobody changed the record of who did what."""

import argparse

EXAMPLE = "loquet audit verify"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `verify`."""
    parser.add_argument("action", choices=["verify"])


def run(args: argparse.Namespace) -> int:
    """Walk the chain; 1 at the first entry that does not hold."""
    from controller.cli.work import CommandFailed, open_configured, show
    from controller.kernel import audit

    with open_configured(args) as (_, database), database.read() as db:
        broken = audit.verify(db)
    if broken is not None:
        raise CommandFailed(f"the audit log does not hold from entry {broken} on; compare a backup")
    show(args, {"holds": True}, "The audit log holds.")
    return 0
