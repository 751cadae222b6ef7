"""Syslog: sends audit entries and alarms to a log server (RFC 5424); off until one is
configured."""
