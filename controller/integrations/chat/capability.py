"""The feature *chat*."""

from pathlib import Path

from controller.integrations.chat.messages import AlarmMessage
from controller.integrations.chat.privacy import PERSONAL_DATA
from controller.kernel.capability import Capability

CHAT = Capability(
    name="chat",
    messages=(AlarmMessage,),
    personal_data=PERSONAL_DATA,
    locale=Path(__file__).with_name("locale"),
)
"""Sends alarms to people through their chat services."""
