"""Permissions of this feature, and the roles that have them."""

from controller.kernel.actor import Permission
from controller.kernel.roles import Role

CALENDARS = Permission("calendars", (Role.MANAGER,))
"""To make addresses by which calendars are read, and to end them."""
