"""The pins process of a simulated bench."""

from devices.contract.pins import Pins

__all__ = ["Pins"]
