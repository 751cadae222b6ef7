"""The contract as packages of others run it (devices/contract)."""

from devices.contract.plugin import bench, context, events, pins, pytest_generate_tests

__all__ = ["bench", "context", "events", "pins", "pytest_generate_tests"]
