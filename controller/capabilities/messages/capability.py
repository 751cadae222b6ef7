"""The feature *messages*."""

from controller.capabilities.messages.activity import RECENT
from controller.capabilities.messages.permissions import MESSAGES as MAY_SEE
from controller.capabilities.messages.privacy import PERSONAL_DATA
from controller.kernel.capability import Capability

MESSAGES = Capability(
    name="messages", permissions=(MAY_SEE,), personal_data=PERSONAL_DATA, activity=RECENT
)
"""Messages to members and accounts, written with the change that they report, sent later."""
