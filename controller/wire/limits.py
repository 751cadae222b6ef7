"""The sizes that the protocol allows."""

MAX_PAYLOAD = 256 * 1024
"""Bytes of a payload, at most."""
MAX_DELTA = 200 * 1024
"""Bytes of a `policy_delta`; for a longer one only the head goes out."""
MAX_BATCH = 100
"""Events of an `event_batch`, at most."""
