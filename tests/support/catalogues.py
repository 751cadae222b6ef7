"""Texts may have changed since the installation, which compiled them."""

from tests.support.tree import ROOT
from tools import catalogues


def pytest_configure() -> None:
    """Bring them in step, before a test reads one."""
    catalogues.compile_all((*catalogues.PACKAGES, ROOT / "tests" / "support"))
