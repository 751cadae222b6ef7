"""The feature *search*."""

from controller.kernel.capability import Capability

SEARCH = Capability(name="search")
