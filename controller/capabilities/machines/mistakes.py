"""Deletes a machine or door that was added by mistake."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from controller.capabilities.machines.access_points import access_point_row
from controller.capabilities.machines.changes import PointNews
from controller.capabilities.machines.models import PointStateRow
from controller.capabilities.members.models import Maintainer
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.database import Session
from controller.kernel.errors import Conflict
from controller.kernel.outbox import post_news
from controller.kernel.rows import require_version


def take_back(
    db: Session, access_point_id: str, *, version: int | None, actor: Actor, now: Utc
) -> None:
    """Delete an access point that was added by mistake, with its maintainers.

    Raises Conflict if it was commissioned, ticked, booked or reported (take it out of service
    instead), Stale, NotFound.
    """
    row = access_point_row(db, access_point_id, actor)
    actor.require(Permission.RULES_WRITE, row.site_id)
    require_version(row, version)
    site_id = row.site_id
    if row.commissioned:
        raise Conflict("it is in service; take it out of service instead")
    try:
        with db.begin_nested():
            for model in (Maintainer, PointStateRow):
                for dependent in db.scalars(
                    select(model).where(model.access_point_id == access_point_id)
                ):
                    db.delete(dependent)
            db.flush()
            db.delete(row)
            db.flush()
    except IntegrityError as problem:
        raise Conflict("other records refer to it already; take it out of service") from problem
    subject = f"access_point:{access_point_id}"
    audit.record(db, actor, now, "access_point_taken_back", subject, site_id)
    post_news(db, PointNews(site=site_id, key=access_point_id))
