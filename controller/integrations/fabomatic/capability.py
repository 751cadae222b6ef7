"""The feature *FabOMatic*."""

from pathlib import Path

from controller.integrations.fabomatic.activity import RECENT
from controller.integrations.fabomatic.privacy import PERSONAL_DATA
from controller.kernel.capability import Capability

FABOMATIC = Capability(
    name="fabomatic",
    personal_data=PERSONAL_DATA,
    activity=RECENT,
    migrations=Path(__file__).with_name("migrations"),
)
"""Imports a FabOMatic's database, and serves its boards."""
