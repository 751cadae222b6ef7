"""What chat gives to the house."""

from pathlib import Path

from controller.integrations.chat.messages import AlarmMessage
from controller.integrations.chat.privacy import KEEPS
from controller.kernel.capability import Capability

CHAT = Capability(
    name="chat",
    messages=(AlarmMessage,),
    keeps=KEEPS,
    migrations=Path(__file__).with_name("migrations"),
    words=Path(__file__).with_name("words"),
)
"""Alarms wake people through whatever they use."""
