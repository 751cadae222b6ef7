"""What fab-manager gives to the house."""

from controller.kernel.capability import Capability

FAB_MANAGER = Capability(name="fab_manager")
"""Importing from it by its open API."""
