"""What FabOMatic gives to the house."""

from pathlib import Path

from controller.integrations.fabomatic.privacy import KEEPS
from controller.kernel.capability import Capability

FABOMATIC = Capability(
    name="fabomatic", keeps=KEEPS, migrations=Path(__file__).with_name("migrations")
)
"""A FabOMatic's database is brought here, and its boards are answered."""
