"""The feature *metrics*."""

from controller.capabilities.metrics.figures import METRICS as MAY_READ
from controller.capabilities.metrics.privacy import PERSONAL_DATA
from controller.capabilities.metrics.totals import count
from controller.kernel.capability import Capability

METRICS = Capability(
    name="metrics", permissions=(MAY_READ,), effects=(count,), personal_data=PERSONAL_DATA
)
"""Metrics of the whole installation, for Prometheus."""
