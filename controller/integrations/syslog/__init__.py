"""Syslog: sends audit entries and alarms to a log server (RFC 5424), if configured."""
