"""Declares the feature *backups* to the rest of the controller."""

from controller.kernel.capability import Capability

BACKUPS = Capability(name="backups")
