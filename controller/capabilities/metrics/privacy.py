"""What the tables of metrics hold of people: nothing."""

from controller.capabilities.metrics.models import DecisionTotal, EventTotal
from controller.kernel.privacy import Keep

KEEPS = (
    Keep(EventTotal, plain="site_id type stored on_time way_ms"),
    Keep(DecisionTotal, plain="site_id access_point_id reason taps"),
)
