"""What tests of imports share with others."""

from sqlalchemy import func, select

from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members.models import MemberRow
from controller.kernel.models import AuditEntry
from tests.capabilities.conftest import Place


def rows(place: Place) -> dict[str, int]:
    """How many rows there are of what an import makes, and of what it says of itself."""
    with place.database.read() as db:
        models = (MemberRow, AccessPointRow, AuditEntry)
        return {
            m.__tablename__: db.scalar(select(func.count()).select_from(m)) or 0 for m in models
        }
