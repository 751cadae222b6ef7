"""An alarm for each database outage, raised once the database is available again."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.alarms.controller_alarms import set_alarm
from controller.capabilities.places.models import SiteRow
from controller.kernel.health import Trouble

KIND = "database_unavailable"


def tell_of_troubles(db: Session, troubles: Iterable[Trouble]) -> None:
    """At every site, as alarms that are over: while it lasted nothing could be written."""
    sites = db.scalars(select(SiteRow.id).order_by(SiteRow.id)).all()
    for trouble in troubles:
        for site in sites:
            for is_on, at in ((True, trouble.since), (False, trouble.until or trouble.since)):
                set_alarm(
                    db,
                    key=f"{KIND}:{site}",
                    site_id=site,
                    kind=KIND,
                    access_point=None,
                    detail={"cause": trouble.cause.value},
                    is_on=is_on,
                    now=at,
                )
