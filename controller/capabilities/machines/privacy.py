"""Rules for the personal data in the tables of machines, such as who sent which command."""

from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from controller.capabilities.machines.models import (
    AccessPointRow,
    CommandRow,
    CommissioningTick,
    PointStateRow,
)
from controller.kernel.privacy import (
    GONE_REASON,
    ErasureInProgress,
    PersonalDataRule,
    Purpose,
    Retention,
    RetentionKind,
    RetentionScope,
    count_changed,
)

READ_BADGE = timedelta(hours=1)
"""How long the badge number in a command to read or personalise a card is stored."""
_IS_READ = CommandRow.type.in_(("read_credential", "personalise_card"))
_WITHOUT_BADGE: dict[str, object] = {"data": None, "args": {}, "reason": GONE_REASON}


def _forget_badges(db: Session, _erasing: ErasureInProgress) -> int:
    """Remove badge numbers from all commands that read or personalised a card, since their owner is
    unknown."""
    db.execute(update(CommandRow).where(_IS_READ).values(**_WITHOUT_BADGE))
    return 0


def _commands(db: Session, scope: RetentionScope) -> int:
    """Delete badge numbers after an hour, and commands when access events expire."""
    at_site = CommandRow.site_id == scope.site_id
    read_commands = (at_site, _IS_READ, CommandRow.created_at < scope.now - READ_BADGE)
    with_badge = select(CommandRow.id).where(
        *read_commands, CommandRow.reason.is_distinct_from(GONE_REASON)
    )
    count = count_changed(
        db, update(CommandRow).where(CommandRow.id.in_(with_badge)).values(**_WITHOUT_BADGE)
    )
    return count + count_changed(
        db, delete(CommandRow).where(at_site, CommandRow.created_at < scope.before)
    )


PERSONAL_DATA = (
    PersonalDataRule(AccessPointRow, adds_names_to_export=True),
    PersonalDataRule(PointStateRow),
    PersonalDataRule(
        CommandRow,
        Purpose.ACCESS,
        RetentionKind.ACCESS,
        retention=Retention("commands", _commands),
        at_erasure=_forget_badges,
    ),
    PersonalDataRule(CommissioningTick, Purpose.MAINTENANCE, RetentionKind.HISTORY),
)
