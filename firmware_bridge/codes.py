"""The constants and codes of `firmware/protocol.h`, by name."""

from enum import IntEnum, IntFlag

RELAYS = 4
INPUTS = 8
ADCS = 2
READERS = 2
ESTOP_INPUT = 8
"""Number of the E-stop among the inputs."""
TTL_MIN_MS = 200
TTL_MAX_MS = 5000
"""Shortest and longest time for which a relay may be switched on without renewal."""


class Type(IntEnum):
    """Type of a frame."""

    HELLO = 0x01
    SET = 0x02
    RENEW = 0x03
    OFF = 0x04
    READ = 0x05
    RESET_ESTOP = 0x06
    CLEAR_FAULTS = 0x07
    HELLO_REPLY = 0x81
    STATUS = 0x82
    REPORT = 0x83
    NAK = 0x84
    BOOT = 0x90
    INPUT = 0x91
    WIEGAND = 0x92
    FAULT = 0x93


class Flag(IntFlag):
    """Bits of the field `flags` of several messages."""

    ESTOP_PRESSED = 0x01
    ESTOP_LATCHED = 0x02


class Boot(IntFlag):
    """Cause of the microcontroller's last restart."""

    POWER_ON = 0x01
    EXTERNAL = 0x02
    BROWN_OUT = 0x04
    WATCHDOG = 0x08
    UNKNOWN = 0x80


class Reason(IntEnum):
    """Reason why the microcontroller refused a frame."""

    VERSION = 1
    TYPE = 2
    LENGTH = 3
    NONCE = 4
    SEQ = 5
    RANGE = 6
    ESTOP = 7
    ESTOP_PRESSED = 8
    EXPIRED = 9


class Verdict(IntEnum):
    """Result of decoding a Wiegand reader's bits."""

    OK = 0
    PARITY = 1
    RAW = 2
    NOISE = 3


class FaultCode(IntEnum):
    """Bit numbers in the field `faults`."""

    ESTOP = 0
    EXPIRED = 1
    OUTPUT = 2
    WATCHDOG = 3
    BROWN_OUT = 4
    MEMORY = 5
    OVERRUN = 6
    EVENTS = 7
