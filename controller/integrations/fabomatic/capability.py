"""What FabOMatic gives to the house."""

from controller.kernel.capability import Capability

FABOMATIC = Capability(name="fabomatic")
"""A FabOMatic's database is brought here, and its boards are answered."""
