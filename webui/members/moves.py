"""The names of what a merge moves to the remaining record: rights, enrolments, payers."""

from controller.capabilities.billing import own
from controller.capabilities.members.shapes import Member
from controller.capabilities.plans import passes
from controller.capabilities.training import enrolments
from controller.capabilities.training.shapes import Result
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.database import Session
from webui.billing.formatting import euros
from webui.guard import is_allowed
from webui.i18n import _, pgettext
from webui.i18n.dates import day
from webui.members.add_member import plan_names
from webui.members.coverage import payers, period_text
from webui.members.duties import duties
from webui.members.holdings import MemberHoldings
from webui.members.reading import MemberReader
from webui.naming import read_label
from webui.paging import all_items
from webui.parts import Option
from webui.plans.consecutive_periods import subscriptions_of
from webui.training.session_view import outcome_words


def named_moves(reader: MemberReader, merged_record: Member) -> dict[str, tuple[str, ...]]:
    """Return the names of what the merged record has, by table."""
    names, responsibilities, possible_payers = (
        plan_names(reader.db),
        duties(reader, merged_record),
        payers(reader, merged_record),
    )
    own_subscriptions = subscriptions_of(reader.db, merged_record.id, reader.who)
    own_passes = all_items(
        lambda c: passes.page(reader.db, actor=reader.who, member_id=merged_record.id, cursor=c)
    )
    return {
        "held": tuple(f"{line.name}, {line.chip.word}" for line in MemberHoldings(reader).lines()),
        "subscription": tuple(period_text(period, names, reader) for period in own_subscriptions),
        "pass": tuple(period_text(pass_, names, reader) for pass_ in own_passes),
        "enrolment": tuple(
            _result(result, reader)
            for result in enrolments.results(reader.db, merged_record.id, actor=reader.who)
        ),
        "organisation_member": _names_of(possible_payers, "organisation:"),
        "project_member": _names_of(possible_payers, "project:"),
        "maintainer": tuple(option.text for option in responsibilities.maintains),
        "supervisor": tuple(
            room.text
            for room in responsibilities.rooms
            if room.value in responsibilities.supervises
        ),
    }


def plans_of_both(db: Session, kept: str, gone: str, who: Actor, now: Utc) -> str:
    """Return the plans of which both records have a subscription that has not ended; or nothing."""
    kept_plans, gone_plans = (
        {
            period.plan_id
            for period in subscriptions_of(db, member, who)
            if period.valid_until is None or period.valid_until > now
        }
        for member in (kept, gone)
    )
    names = plan_names(db)
    return ", ".join(sorted(names.get(key, key) for key in kept_plans & gone_plans))


def debt(db: Session, member: str, now: Utc) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """Return what the member still owes, for readers who may handle money; empty: nothing."""
    owed = owed_text(db, member, now)
    return ((_("still to pay"), owed, ()),) if owed else ()


def owed_text(db: Session, member: str, now: Utc) -> str:
    """Return the sum that the member still owes, for readers who may handle money; empty:
    nothing."""
    owed = own.amount_owed(db, member, now) if is_allowed(Permission.MONEY_WRITE) else 0
    return euros(owed) if owed > 0 else ""


def _names_of(options: tuple[Option, ...], kind: str) -> tuple[str, ...]:
    return tuple(option.text for option in options if option.value.startswith(kind))


def _result(result: Result, reader: MemberReader) -> str:
    name = read_label(result.name) if result.name else result.theme or pgettext("course", "Session")
    at = day(result.starts_at, reader.now, reader.zone)
    return ", ".join((name, at, outcome_words()[result.outcome]))
