"""What journal gives to the house."""

from controller.capabilities.journal.changes import EventsArrived
from controller.kernel.capability import Capability

JOURNAL = Capability(name="journal", changes=(EventsArrived,))
