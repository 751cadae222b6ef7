"""The feature *fab-manager*."""

from controller.kernel.capability import Capability

FAB_MANAGER = Capability(name="fab_manager")
"""Imports data through fab-manager's open API."""
