"""The feature *access*."""

from controller.kernel.capability import Capability

ACCESS = Capability(name="access")
