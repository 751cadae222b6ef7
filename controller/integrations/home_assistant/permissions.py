"""The permission of this feature, and the roles that have it."""

from controller.kernel.actor import Permission, Role

MANAGE_HOME_ASSISTANT = Permission("home:doors", (Role.MANAGER,))
"""Decide which doors a Home Assistant may open."""
