"""The part of the policy that comes from agents: the hubs' keys that a site's agents trust."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import HubKey
from controller.domain.time import Utc
from controller.kernel.facts import Contributor, Fields, Invalidation
from controller.wire import rows as wire


def _hub_keys(db: Session, _site_id: str, sites: Sequence[str], _now: Utc) -> Fields:
    columns = select(HubKey.kid, HubKey.public_key).where(HubKey.retired_at.is_(None))
    rows = db.execute(columns.order_by(HubKey.kid))
    keys = tuple(wire.HubKey(kid=row.kid, public_key=row.public_key) for row in rows)
    return {site: {"hub_keys": keys} for site in sites}


FACTS = Contributor(
    parts={"site": _hub_keys},
    watches={HubKey: lambda row: (Invalidation("hub_keys", row.kid),)},
    site_dependents={"hub_keys": lambda db, site_id, keys: (Invalidation("site", site_id),)},
)
