"""The feature *journal*."""

from controller.capabilities.journal.privacy import PERSONAL_DATA
from controller.capabilities.journal.shapes import EventNews
from controller.kernel.capability import Capability

JOURNAL = Capability(name="journal", personal_data=PERSONAL_DATA, news=(EventNews,))
