"""The feature *SpaceAPI*."""

from controller.kernel.capability import Capability

SPACEAPI = Capability(name="spaceapi")
"""Has no tables; each response is computed from other features' data."""
