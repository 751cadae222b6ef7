"""Texts may have changed since the installation, which compiled them."""

from tools import catalogues


def pytest_configure() -> None:
    """Bring them in step, before a test reads one."""
    catalogues.compile_all()
