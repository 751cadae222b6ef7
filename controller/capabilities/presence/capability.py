"""What presence gives to the house."""

from controller.capabilities.presence import models as models
from controller.capabilities.presence.jobs import JOBS
from controller.capabilities.presence.news import EvacuationNews, PresenceNews
from controller.kernel.capability import Capability

PRESENCE = Capability(name="presence", news=(PresenceNews, EvacuationNews), jobs=JOBS)
