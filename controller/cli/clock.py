"""`loquet clock`: check whether the controller's date can be trusted, and confirm it."""

import argparse
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from controller.capabilities.clock.clock_check import ClockState, Doubt
    from controller.kernel.database import Database

EXAMPLE = "loquet clock confirm 2026-11-30"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the action, and the date for `confirm`."""
    parser.add_argument("action", nargs="?", default="show", choices=["show", "confirm"])
    parser.add_argument("date", nargs="?", type=_day, help="confirm: today's date, as YYYY-MM-DD")


def run(args: argparse.Namespace) -> int:
    """Show whether the date can be trusted, or confirm it; returns 1 while it is doubtful."""
    from controller.cli.work import open_configured, show
    from controller.kernel.jsontypes import to_json

    if (args.action == "confirm") is not (args.date is not None):
        args.wrong("to confirm the date, name it: loquet clock confirm YYYY-MM-DD")
    with open_configured(args) as (_, database):
        state = _confirm(database, args.date) if args.date else _check_date(database)
    show(args, to_json(state), _text(state))
    return 1 if state.doubt else 0


def refuse_doubtful(database: "Database") -> None:
    """Raise CommandFailed, with what to do, unless the date can be trusted."""
    from controller.cli.work import CommandFailed

    state = _check_date(database)
    if state.doubt is not None:
        raise CommandFailed(f"nothing was removed: {_text(state)}")


def _check_date(database: "Database") -> "ClockState":
    """Judge the date; the check is recorded, and raises or clears the alarm."""
    from controller.capabilities.clock.clock_check import check, state
    from controller.capabilities.clock.synchronisation import is_synchronised
    from controller.kernel.database import wall_clock

    now, synchronised = wall_clock(), is_synchronised()
    with database.write() as db:
        result = state(db, now, synchronised=synchronised)
        check(db, now, synchronised=synchronised)
    return result


def _confirm(database: "Database", day: date) -> "ClockState":
    from controller.capabilities.clock.clock_check import Confirmation, confirm
    from controller.kernel.actor import Actor
    from controller.kernel.database import wall_clock

    with database.write() as db:
        new = Confirmation(date=day)
        return confirm(db, new, actor=Actor.system("cli"), now=wall_clock())


def _text(state: "ClockState") -> str:
    if state.doubt is None:
        return f"The date can be trusted: {state.now.text()}."
    return (
        f"the clock says {state.now.text()}, but {_doubt_texts()[state.doubt]}."
        " If that is wrong, set the clock; if it is right:"
        f" loquet clock confirm {state.now.date()}"
    )


def _doubt_texts() -> "Mapping[Doubt, str]":
    from controller.capabilities.clock.clock_check import Doubt

    return {
        Doubt.AHEAD_OF_LAST_CHECK: "this controller last ran more than 7 days before",
        Doubt.AHEAD_OF_EVENTS: "the newest event of any agent is more than 31 days older",
        Doubt.AGENTS_DIFFER: "the agents' clocks differ from it by hours",
        Doubt.BEHIND: "this controller has already run at a later date",
        Doubt.UNSYNCHRONISED: "it is not synchronised with a time server (timedatectl)",
    }


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a day, as 2026-11-30") from None
