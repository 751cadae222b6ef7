"""The feature *journal*."""

from controller.capabilities.journal.news import EventNews
from controller.capabilities.journal.privacy import PERSONAL_DATA
from controller.kernel.capability import Capability

JOURNAL = Capability(name="journal", personal_data=PERSONAL_DATA, news=(EventNews,))
