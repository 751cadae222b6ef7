"""The contract of drivers as a pytest plug-in, which a package of drivers can run by itself.

Its `conftest.py` needs `pytest_plugins = ["devices.contract.plugin"]`; a test file defines `ROWS`
and imports the tests by `from devices.contract.promises import *` (docs/adding-a-driver.md).
"""

from devices.contract.row import Row
from devices.ports import FaultKind, Look
from devices.registry import INDICATOR, INPUT, METER, POWER, READER, STRIKE

__all__ = ["INDICATOR", "INPUT", "METER", "POWER", "READER", "STRIKE", "FaultKind", "Look", "Row"]
