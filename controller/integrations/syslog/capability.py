"""The feature *syslog*."""

from pathlib import Path

from controller.integrations.syslog.jobs import JOBS
from controller.integrations.syslog.privacy import PERSONAL_DATA
from controller.kernel.capability import Capability

SYSLOG = Capability(
    name="syslog", personal_data=PERSONAL_DATA, jobs=JOBS, locale=Path(__file__).with_name("locale")
)
"""Sends audit entries and alarms to the organisation's log server."""
