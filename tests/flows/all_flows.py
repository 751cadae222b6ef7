"""Every flow of the issue, in its order."""

from tests.flows.day import DAY

FLOWS = DAY
