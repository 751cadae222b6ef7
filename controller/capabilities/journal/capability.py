"""What journal gives to the house."""

from controller.capabilities.journal.news import EventNews
from controller.kernel.capability import Capability

JOURNAL = Capability(name="journal", news=(EventNews,))
