"""The pins process of a simulated bench."""

from devices.contract.row import Pins

__all__ = ["Pins"]
