"""The feature *metrics*."""

from controller.capabilities.metrics.figures import READ_METRICS
from controller.capabilities.metrics.models import DecisionTotal, EventTotal
from controller.capabilities.metrics.totals import count
from controller.kernel.capability import Capability
from controller.kernel.privacy import PersonalDataRule

PERSONAL_DATA = (PersonalDataRule(EventTotal), PersonalDataRule(DecisionTotal))


METRICS = Capability(
    name="metrics", permissions=(READ_METRICS,), effects=(count,), personal_data=PERSONAL_DATA
)
"""Metrics of the whole installation, for Prometheus."""
