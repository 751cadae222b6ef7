"""Declares the feature *access* to the rest of the controller."""

from controller.kernel.capability import Capability

ACCESS = Capability(name="access")
