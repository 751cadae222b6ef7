"""What groups gives to the house."""

from controller.capabilities.groups import models as models
from controller.capabilities.groups.changes import GroupChanged, WindowChanged
from controller.capabilities.groups.jobs import JOBS
from controller.kernel.capability import Capability

GROUPS = Capability(name="groups", changes=(GroupChanged, WindowChanged), jobs=JOBS)
