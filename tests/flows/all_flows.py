"""Every flow of the issue, in its order."""

from tests.flows.anybody import ANYBODY
from tests.flows.day import DAY
from tests.flows.following import FOLLOWING
from tests.flows.signing_in import SIGNING_IN
from tests.flows.training import TRAINING

FLOWS = (*DAY, *TRAINING, *FOLLOWING, *ANYBODY, *SIGNING_IN)
