"""What the tables of privacy hold of people: why a door's passages were searched."""

from controller.capabilities.privacy.models import IncidentRow
from controller.kernel.privacy import Keep, Kept, Purpose, Retention, removes

KEEPS = (
    Keep(
        IncidentRow,
        Purpose.ACCESS,
        Kept.REASON,
        text="reason",
        actor="asked_by confirmed_by refused_by",
        plain="id site_id access_point_id since until asked_at confirmed_at expires_at refused_at",
        retention=Retention("incidents", removes(IncidentRow.asked_at)),
    ),
)
