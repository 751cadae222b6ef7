"""The garbage collector leaves alone what lives as long as the run.

Looking through all tests and modules again and again took a quarter of the time of many tests.
"""

import gc

import pytest

OFTEN = (10_000, 10, 5)
"""Objects more than went, before it looks at the young; then how often at the older."""


def pytest_configure() -> None:
    """Nearly all that is made until the tests are known stays."""
    gc.set_threshold(*OFTEN)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """All is imported and every test is known."""
    gc.collect()
    gc.freeze()
