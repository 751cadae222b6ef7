"""What presence gives to the house."""

from controller.capabilities.presence import models as models
from controller.capabilities.presence.changes import EvacuationChanged, PresenceChanged
from controller.capabilities.presence.jobs import JOBS
from controller.kernel.capability import Capability

PRESENCE = Capability(name="presence", changes=(PresenceChanged, EvacuationChanged), jobs=JOBS)
