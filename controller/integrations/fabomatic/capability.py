"""The feature *FabOMatic*."""

from pathlib import Path

from controller.integrations.fabomatic.privacy import PERSONAL_DATA
from controller.kernel.capability import Capability

FABOMATIC = Capability(
    name="fabomatic", personal_data=PERSONAL_DATA, migrations=Path(__file__).with_name("migrations")
)
"""A FabOMatic's database is brought here, and its boards are answered."""
