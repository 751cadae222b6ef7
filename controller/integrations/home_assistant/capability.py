"""The feature *Home Assistant*."""

from controller.integrations.home_assistant.permissions import MANAGE_HOME_ASSISTANT
from controller.integrations.home_assistant.privacy import PERSONAL_DATA
from controller.kernel.capability import Capability

HOME_ASSISTANT = Capability(
    name="home_assistant", permissions=(MANAGE_HOME_ASSISTANT,), personal_data=PERSONAL_DATA
)
"""A site's machines, doors and rooms for Home Assistant, through MQTT discovery."""
