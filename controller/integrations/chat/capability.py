"""The feature *chat*."""

from controller.integrations.chat.messages import AlarmMessage
from controller.integrations.chat.privacy import PERSONAL_DATA
from controller.kernel.capability import Capability

CHAT = Capability(name="chat", messages=(AlarmMessage,), personal_data=PERSONAL_DATA)
"""Sends alarms to people through their chat services."""
