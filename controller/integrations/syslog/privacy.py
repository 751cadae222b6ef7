"""What the table of syslog holds of people: nothing."""

from controller.integrations.syslog.models import SyslogPlace
from controller.kernel.privacy import Keep

KEEPS = (Keep(SyslogPlace, plain="name seq moved_at"),)
