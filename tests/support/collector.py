"""The garbage collector leaves alone what lives as long as the run.

Looking through all tests and modules again and again took a quarter of the time of many tests.
"""

import gc

import pytest

OFTEN = (10_000, 10, 5)
"""Objects more than went, before it looks at the young; then how often at the older."""


gc.disable()  # nearly all that is made until the tests are known stays


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    """All is imported and every test is known, in a worker; or the workers are about to start."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*OFTEN)
    gc.enable()
