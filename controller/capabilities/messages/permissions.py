"""The permission of the feature *messages*, with the roles that have it."""

from controller.kernel.actor import Permission, Role

MANAGE_MESSAGES = Permission("messages", (Role.MANAGER,))
"""To see messages and whether they were sent, to test mail, and to choose who gets alerts."""
