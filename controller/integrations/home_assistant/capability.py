"""What Home Assistant gives to the house."""

from pathlib import Path

from controller.integrations.home_assistant.permissions import HOME_ASSISTANT as MAY_ALLOW
from controller.integrations.home_assistant.privacy import KEEPS
from controller.kernel.capability import Capability

HOME_ASSISTANT = Capability(
    name="home_assistant",
    permissions=(MAY_ALLOW,),
    keeps=KEEPS,
    migrations=Path(__file__).with_name("migrations"),
    words=Path(__file__).with_name("words"),
)
"""The site's machines, doors and rooms for a Home Assistant, by MQTT discovery."""
