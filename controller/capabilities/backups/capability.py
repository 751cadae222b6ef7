"""What backups give to the house."""

from controller.kernel.capability import Capability

BACKUPS = Capability(name="backups")
