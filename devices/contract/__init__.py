"""The drivers' contract as a pytest plug-in: a package of drivers runs it on its own.

Its `conftest.py` says `pytest_plugins = ["devices.contract.plugin"]`; a test file gives `ROWS` and
takes every promise by `from devices.contract.promises import *` (docs/adding-a-driver.md).
"""

from devices.contract.row import Row
from devices.ports import FaultKind, Look
from devices.registry import INDICATOR, INPUT, METER, POWER, READER, STRIKE

__all__ = ["INDICATOR", "INPUT", "METER", "POWER", "READER", "STRIKE", "FaultKind", "Look", "Row"]
