"""Personal-data rules for the table of plans, which contains no personal data."""

from controller.capabilities.live.models import SitePlan
from controller.kernel.privacy import PersonalDataRule

PERSONAL_DATA = (
    PersonalDataRule(
        SitePlan, plain="site_id published published_at earlier earlier_at draft draft_at"
    ),
)
