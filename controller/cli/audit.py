"""`loquet audit verify`: check that nobody has changed the audit log."""

import argparse

EXAMPLE = "loquet audit verify"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the action `verify`."""
    parser.add_argument("action", choices=["verify"])


def run(args: argparse.Namespace) -> int:
    """Verify the chain; raises CommandFailed with the first entry that does not fit."""
    from controller.cli.work import CommandFailed, open_configured, show
    from controller.kernel import audit

    with open_configured(args) as (_, database), database.read() as db:
        broken = audit.verify(db)
    if broken is not None:
        raise CommandFailed(
            f"the audit log is broken from entry {broken} on; compare it with a backup"
        )
    show(args, {"holds": True}, "The audit log is intact.")
    return 0
