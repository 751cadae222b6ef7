"""What groups gives to the house."""

from controller.capabilities.groups import models as models
from controller.capabilities.groups.jobs import JOBS
from controller.capabilities.groups.news import GroupNews, WindowNews
from controller.kernel.capability import Capability

GROUPS = Capability(name="groups", news=(GroupNews, WindowNews), jobs=JOBS)
