"""Audit and alarms to a town's log server, as RFC 5424 asks: off until it is named."""
