"""The feature *setup*."""

from controller.kernel.capability import Capability

SETUP = Capability(name="setup")
