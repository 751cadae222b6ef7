"""What tests of backup share with others."""

CHANGED = {"audit", "audit_head", "policy_site", "outbox", "outbox_head", "outbox_cursor"}
"""What a restore itself changes: its epoch, and its note."""
