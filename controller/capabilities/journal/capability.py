"""What journal gives to the house."""

from controller.capabilities.journal.news import EventNews
from controller.capabilities.journal.privacy import KEEPS
from controller.kernel.capability import Capability

JOURNAL = Capability(name="journal", keeps=KEEPS, news=(EventNews,))
