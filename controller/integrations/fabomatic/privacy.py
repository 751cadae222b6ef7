"""Personal data in the tables of FabOMatic: none; who used a machine is stored with the session."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import sites_since
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.integrations.fabomatic.boards import SILENT_AFTER
from controller.integrations.fabomatic.models import FabomaticBoardRow, FabomaticLinkRow
from controller.kernel.privacy import ErasureInProgress, PersonalDataRule

REPORT_PERIOD = timedelta(days=7)
"""How long to wait for a silent board before members of its site may erase themselves."""


def _may_report_uses(db: Session, erasing: ErasureInProgress) -> str | None:
    """Return that a silent board may still report uses of somebody who erases themselves."""
    if erasing.actor.member_id != erasing.person.id:
        return None
    since = Utc.of(erasing.now - REPORT_PERIOD)
    sites = sites_since(db, db.get_one(MemberRow, erasing.person.id), since)
    silent = select(FabomaticBoardRow.number).where(
        FabomaticBoardRow.site_id.in_(sites),
        FabomaticBoardRow.seen_at >= since,
        FabomaticBoardRow.seen_at < Utc.of(erasing.now - SILENT_AFTER),
    )
    if db.scalar(silent.limit(1)) is None:
        return None
    return N_(
        "A FabOMatic board has not been heard from, and what you used there may not be reported "
        "yet: try again in a few minutes. If the board stays silent, you wait a week at most. To "
        "be erased before that, write to whoever handles personal data."
    )


PERSONAL_DATA = (
    PersonalDataRule(FabomaticBoardRow, erasure_blocker=_may_report_uses),
    PersonalDataRule(FabomaticLinkRow),
)
