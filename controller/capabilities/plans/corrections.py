"""Who may correct a subscription or a pass: what it decides is what somebody owes."""

from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from controller.capabilities.places.models import SiteRow
from controller.capabilities.plans.models import PassRow, SubscriptionRow
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.corrections import check_correction


def check(
    db: Session,
    row: SubscriptionRow | PassRow,
    site_id: str,
    reason: str | None,
    *,
    actor: Actor,
    now: Utc,
) -> None:
    """One's own entry of today, or `money:write` and a reason. Raises Forbidden, Invalid."""
    zone = ZoneInfo(db.get_one(SiteRow, site_id).time_zone)
    entered = row.entered_at and row.entered_at.astimezone(zone).date()
    is_today = entered == now.astimezone(zone).date()
    is_own = is_today and row.entered_by == actor.ref
    check_correction(actor, site_id, reason, is_own_of_today=is_own)
