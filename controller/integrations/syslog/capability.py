"""What syslog gives to the house."""

from pathlib import Path

from controller.integrations.syslog.jobs import JOBS
from controller.integrations.syslog.privacy import KEEPS
from controller.kernel.capability import Capability

SYSLOG = Capability(
    name="syslog",
    keeps=KEEPS,
    jobs=JOBS,
    migrations=Path(__file__).with_name("migrations"),
    words=Path(__file__).with_name("words"),
)
"""A town's log server hears of audit and alarms."""
