"""The place with a laser."""

from tests.webui.machines.conftest import place as place
