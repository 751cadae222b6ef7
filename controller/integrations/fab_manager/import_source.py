"""Converts a fab-manager's data for the import; it has no badges.

Only checked against the published description of its open API, never against a running one.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from controller.capabilities.imports.bundle import (
    Equipment,
    ImportedMachine,
    NamedRecord,
    ProgramData,
    SkippedRecords,
    SkipReason,
)
from controller.capabilities.imports.tables import Table
from controller.capabilities.member_files.columns import SEPARATOR
from controller.domain.control_characters import as_line
from controller.integrations.fab_manager.client import FabManager, NamedRow, Subscription, User
from controller.kernel.slugs import slug_of

COLUMNS = (
    "display_name",
    "email",
    "plan",
    "subscription_from",
    "subscription_until",
    "certifications",
)


def read_installation(fab_manager: FabManager) -> ProgramData:
    """Read members, their trainings and last subscription, and machines. Raises NotRead."""
    trainings = {
        record.id: _named_record(record) for record in _with_unique_names(fab_manager.trainings())
    }
    plans = {plan.id: _line(plan.name) for plan in fab_manager.plans()}
    users = sorted(fab_manager.users(), key=lambda user: user.id)
    user_ids = {user.id for user in users}
    trainings_of: dict[int, list[str]] = defaultdict(list)
    unknown = 0
    for user_training in fab_manager.user_trainings():
        if user_training.user_id in user_ids and user_training.training_id in trainings:
            trainings_of[user_training.user_id].append(trainings[user_training.training_id].id)
        else:
            unknown += 1
    last = _last_subscriptions(fab_manager.subscriptions())
    rows = [_row(user, trainings_of[user.id], last.get(user.id), plans) for user in users]
    # line 1 of the table has the headings
    return ProgramData(
        table=Table(headings=COLUMNS, rows=tuple(enumerate(rows, 2)), source_format="fab-manager"),
        equipment=Equipment(
            certifications=tuple(trainings.values()),
            machines=tuple(
                ImportedMachine(id=thing.id, name=thing.name, blocked=bool(record.disabled))
                for record in _with_unique_names(fab_manager.machines())
                for thing in (_named_record(record),)
            ),
            skipped=(SkippedRecords(why=SkipReason.NOBODY, names=(str(unknown),)),)
            if unknown
            else (),
        ),
    )


def _with_unique_names(records: Iterable[NamedRow]) -> Iterator[NamedRow]:
    """Add the number to names that occur twice."""
    seen: set[str] = set()
    for record in sorted(records, key=lambda record: record.id):
        slug = slug_of(record.name)
        name = f"{record.name} {record.id}" if slug in seen else record.name
        seen.add(slug_of(name))
        yield NamedRow(id=record.id, name=name, disabled=record.disabled)


def _line(text: str) -> str:
    return " ".join(as_line(text).split())[:200]


def _named_record(record: NamedRow) -> NamedRecord:
    return NamedRecord(id=slug_of(record.name), name=_line(record.name) or "?")


def _last_subscriptions(subscriptions: Iterable[Subscription]) -> dict[int, Subscription]:
    """Return each user's subscription that ends last, without cancelled ones."""
    last: dict[int, Subscription] = {}
    for subscription in subscriptions:
        if (
            subscription.user_id is None
            or subscription.canceled_at
            or not subscription.expiration_date
        ):
            continue
        previous = last.get(subscription.user_id)
        if previous is None or (previous.expiration_date or "") < subscription.expiration_date:
            last[subscription.user_id] = subscription
    return last


def _row(
    user: User, trainings: Iterable[str], last: Subscription | None, plans: Mapping[int, str]
) -> tuple[str, ...]:
    name = user.full_name or " ".join(filter(None, (user.first_name, user.last_name)))
    plan = plans.get(last.plan_id or 0, "") if last else ""
    return (
        _line(name or user.email or ""),
        user.email or "",
        plan,
        last.created_at[:10] if last and plan else "",
        (last.expiration_date or "")[:10] if last and plan else "",
        SEPARATOR.join(dict.fromkeys(trainings)),
    )
