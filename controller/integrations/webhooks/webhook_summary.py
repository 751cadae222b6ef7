"""How a site's webhooks are doing: which receivers have accepted nothing, and since when."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from controller.capabilities.alarms.controller_alarms import set_alarm
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.integrations.webhooks.models import DeliveryRow, WebhookRow
from controller.kernel.capability import AlarmKind
from controller.kernel.jobs import Job, single_transaction

FAILING = AlarmKind(
    "webhook_failing",
    N_("A program is no longer notified"),
    N_("See in Integrations which address no longer responds."),
)
LONG = timedelta(days=2)
"""How long deliveries may fail before an alarm is raised; messages are given up after 75 h."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSummary:
    """A site's webhooks."""

    enabled: int
    disabled: int
    failing: Mapping[str, Utc]
    """By webhook: the time of the oldest message that was tried and not accepted."""


def summarise_webhooks(db: Session, site_id: str) -> WebhookSummary:
    """Count a site's webhooks, and find the failing ones."""
    counts = select(func.count(), func.count(WebhookRow.disabled_at)).where(
        WebhookRow.site_id == site_id
    )
    total, disabled = db.execute(counts).one()
    rows = db.execute(_failing().where(DeliveryRow.site_id == site_id))
    return WebhookSummary(
        enabled=total - disabled,
        disabled=disabled,
        failing={row.webhook_id: row.since for row in rows},
    )


def last_deliveries(db: Session, ids: Collection[str]) -> Mapping[str, Utc]:
    """Return when each of these webhooks last accepted a message."""
    rows = db.execute(
        select(DeliveryRow.webhook_id, func.max(DeliveryRow.delivered_at))
        .where(DeliveryRow.webhook_id.in_(ids), DeliveryRow.delivered_at.is_not(None))
        .group_by(DeliveryRow.webhook_id)
    )
    return {key: at for key, at in rows if at is not None}


def update_alarms(db: Session, now: Utc) -> None:
    """Raise alarms for webhooks that fail for long; clear them on success."""
    since = {row.webhook_id: row.since for row in db.execute(_failing())}
    for hook in db.scalars(select(WebhookRow).order_by(WebhookRow.id)):
        failing = since.get(hook.id) if hook.disabled_at is None else None
        set_alarm(
            db,
            key=f"{FAILING.kind}:{hook.id}",
            site_id=hook.site_id,
            kind=FAILING.kind,
            access_point=None,
            detail={"webhook": hook.id},
            is_on=failing is not None and failing < now - LONG,
            now=now,
        )


def _failing() -> Select[str, Utc]:
    """Return the query for failing webhooks; it uses the index on pending deliveries only."""
    return (
        select(DeliveryRow.webhook_id, func.min(DeliveryRow.at).label("since"))
        .where(DeliveryRow.due_at.is_not(None), DeliveryRow.attempts > 1)
        .group_by(DeliveryRow.webhook_id)
    )


JOBS = (
    Job(
        name="webhooks",
        title=N_("looking for programs that are no longer notified"),
        run=single_transaction(update_alarms),
        period_s=900.0,
    ),
)
