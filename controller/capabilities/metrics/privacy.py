"""Rules for the personal data in the tables of metrics: they hold none."""

from controller.capabilities.metrics.models import DecisionTotal, EventTotal
from controller.kernel.privacy import PersonalDataRule

PERSONAL_DATA = (
    PersonalDataRule(EventTotal, plain="site_id type stored on_time way_ms"),
    PersonalDataRule(DecisionTotal, plain="site_id access_point_id reason taps"),
)
