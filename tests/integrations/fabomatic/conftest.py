"""The small place of the capabilities' tests."""

from tests.capabilities.conftest import clock as clock
from tests.capabilities.conftest import database as database
from tests.capabilities.conftest import live as live
from tests.capabilities.conftest import place as place
