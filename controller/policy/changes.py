"""What can change in the policy, for whoever must be told."""

from controller.kernel.changes import Change


class PolicyChanged(Change, frozen=True, kw_only=True):
    """A site's policy has a new version."""

    ROOM = "policy"
    WHAT = "policy"
