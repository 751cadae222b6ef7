"""May this person use this machine or door now? `decide()` and its checks."""
