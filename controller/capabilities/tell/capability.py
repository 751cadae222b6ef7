"""What tell gives to the house."""

from controller.capabilities.tell import models as models
from controller.capabilities.tell.changes import HandoverNoteChanged, UserReportChanged
from controller.capabilities.tell.jobs import JOBS
from controller.kernel.capability import Capability

TELL = Capability(name="tell", changes=(UserReportChanged, HandoverNoteChanged), jobs=JOBS)
