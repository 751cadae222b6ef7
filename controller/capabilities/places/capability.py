"""What places gives to the house."""

from pathlib import Path

from controller.capabilities.places import models as models
from controller.capabilities.places.policy import FACTS
from controller.capabilities.places.privacy import KEEPS
from controller.kernel.capability import Capability

PLACES = Capability(
    name="places", keeps=KEEPS, facts=FACTS, migrations=Path(__file__).with_name("migrations")
)
