"""Size limits of the protocol."""

MAX_PAYLOAD = 256 * 1024
"""Bytes of a payload."""
MAX_DELTA = 200 * 1024
"""Bytes of a `policy_delta`; if it would be longer, only the head is published."""
MAX_BATCH = 100
"""Events of an `event_batch`."""
