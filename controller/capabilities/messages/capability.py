"""What messages gives to the house."""

from pathlib import Path

from controller.capabilities.messages.permissions import MESSAGES as MAY_SEE
from controller.capabilities.messages.privacy import KEEPS
from controller.capabilities.messages.since import RECENT
from controller.kernel.capability import Capability

MESSAGES = Capability(
    name="messages",
    permissions=(MAY_SEE,),
    keeps=KEEPS,
    since=RECENT,
    migrations=Path(__file__).with_name("migrations"),
    words=Path(__file__).with_name("words"),
)
"""What is written to people: put down in the transaction that it tells of, sent by integrations."""
