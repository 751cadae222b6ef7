"""The feature *messages*."""

from controller.capabilities.messages.activity import RECENT
from controller.capabilities.messages.permissions import MANAGE_MESSAGES
from controller.capabilities.messages.privacy import PERSONAL_DATA
from controller.kernel.capability import Capability

MESSAGES = Capability(
    name="messages", permissions=(MANAGE_MESSAGES,), personal_data=PERSONAL_DATA, activity=RECENT
)
"""Messages to members and accounts, written with the change that they report, sent later."""
