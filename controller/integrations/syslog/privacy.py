"""Personal data in the tables of syslog: none."""

from controller.integrations.syslog.models import SyslogPlace
from controller.kernel.privacy import PersonalDataRule

PERSONAL_DATA = (PersonalDataRule(SyslogPlace, plain="name seq moved_at"),)
