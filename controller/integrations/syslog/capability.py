"""The feature *syslog*."""

from controller.integrations.syslog.jobs import JOBS
from controller.integrations.syslog.models import SyslogPlace
from controller.kernel.capability import Capability
from controller.kernel.privacy import PersonalDataRule

PERSONAL_DATA = (PersonalDataRule(SyslogPlace),)


SYSLOG = Capability(name="syslog", personal_data=PERSONAL_DATA, jobs=JOBS)
"""Sends audit entries and alarms to the organisation's log server."""
