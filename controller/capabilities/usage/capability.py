"""What usage gives to the house."""

from controller.capabilities.places.changes import CalendarChanged
from controller.capabilities.usage import models as models
from controller.capabilities.usage import totals
from controller.kernel.capability import Capability
from controller.kernel.reactions import Reaction

USAGE = Capability(
    name="usage",
    reacts=(Reaction(CalendarChanged, lambda db, change: totals.recount(db, change.site_id)),),
)
