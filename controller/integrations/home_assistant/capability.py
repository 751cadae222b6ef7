"""The feature *Home Assistant*."""

from pathlib import Path

from controller.integrations.home_assistant.permissions import HOME_ASSISTANT as MAY_ALLOW
from controller.integrations.home_assistant.privacy import PERSONAL_DATA
from controller.kernel.capability import Capability

HOME_ASSISTANT = Capability(
    name="home_assistant",
    permissions=(MAY_ALLOW,),
    personal_data=PERSONAL_DATA,
    locale=Path(__file__).with_name("locale"),
)
"""A site's machines, doors and rooms for Home Assistant, through MQTT discovery."""
