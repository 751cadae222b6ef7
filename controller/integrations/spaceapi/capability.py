"""What SpaceAPI gives to the house: a page, and nothing that is kept."""

from controller.kernel.capability import Capability

SPACEAPI = Capability(name="spaceapi")
"""Read at each request from what other features keep."""
