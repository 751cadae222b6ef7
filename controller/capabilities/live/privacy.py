"""Rules for the personal data in the table of plans: it holds none."""

from controller.capabilities.live.models import SitePlan
from controller.kernel.privacy import PersonalDataRule

PERSONAL_DATA = (
    PersonalDataRule(
        SitePlan, plain="site_id published published_at earlier earlier_at draft draft_at"
    ),
)
