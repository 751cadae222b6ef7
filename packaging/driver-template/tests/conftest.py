"""Loquet's contract for drivers: fixtures, and the bench that is simulated."""

pytest_plugins = ["devices.contract.plugin"]
