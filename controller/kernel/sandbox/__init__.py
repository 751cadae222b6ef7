"""Reads files of other programs in a separate process with hard limits."""
