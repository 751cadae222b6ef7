"""The words of scenario files: what can be done, and what can be expected."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_POINT = r"(?P<point>[a-z0-9-]+)"
_WHO = r"(?P<who>[a-z]+)"
_INPUT = r"(?P<input>[a-z0-9-]+)"
_SECONDS = r"(?P<seconds>\d+(\.\d+)?)"
_MORE = r"(?P<more>( [a-z_]+=\S+)*)"

DO: tuple[tuple[str, str], ...] = (
    ("tap", f"{_WHO} taps {_POINT}"),
    ("insert", f"{_WHO} puts the badge into {_POINT}"),
    ("remove", f"{_WHO} takes the badge out of {_POINT}"),
    ("job", rf"a job starts on {_POINT}"),
    ("idle", rf"the job ends on {_POINT}"),
    ("stuck", rf"the meter of {_POINT} says (?P<watts>\d+) W"),
    ("silent", f"the meter of {_POINT} falls silent"),
    ("honest", f"the meter of {_POINT} tells the truth"),
    ("weld", f"the contactor of {_POINT} welds"),
    ("unweld", f"the contactor of {_POINT} comes free"),
    ("press", f"{_INPUT} of {_POINT} is pressed"),
    ("let_go", f"{_INPUT} of {_POINT} is let go"),
    ("break", f"{_INPUT} of {_POINT} cannot be read"),
    ("open", f"somebody goes through {_POINT}"),
    ("hang", f"somebody props {_POINT} open"),
    ("force", f"somebody forces {_POINT}"),
    ("close", f"somebody closes {_POINT}"),
    ("unplug", f"the reader of {_POINT} is unplugged"),
    ("plug", f"the reader of {_POINT} is plugged in"),
    ("fail", f"the switch of {_POINT} fails"),
    ("mend", f"the switch of {_POINT} works"),
    ("restart_switch", f"the switch of {_POINT} restarts"),
    ("mute", f"the switch of {_POINT} cannot be asked"),
    ("unmute", f"the switch of {_POINT} can be asked again"),
    ("command", rf"the desk asks (?P<command>[a-z_]+) of {_POINT}{_MORE}"),
    ("kill", "the agent is killed"),
    ("stop", "the agent is stopped"),
    ("start", "the agent starts"),
    ("hang_agent", f"the agent hangs for {_SECONDS} s"),
    ("reboot", "the power is cut and comes back"),
    ("damage", r"(?P<file>state\.db|journal\.db|policy\.db) is damaged"),
    ("distrust", "the clock loses its trust"),
    ("trust", "the clock is trusted"),
    ("fast", r"the clock is (?P<days>\d+) days fast"),
    ("slow", r"the clock is (?P<days>\d+) days slow"),
    ("fill", "the disk is full"),
    ("clear", "the disk has room again"),
    ("copy", "the card is copied"),
    ("put_back", "the copy of the card is put back"),
)
"""Name and pattern of each phrase of `do`."""

EXPECT: tuple[tuple[str, str], ...] = (
    ("power", f"{_POINT} has power"),
    ("no_power", f"{_POINT} has no power"),
    ("cools", f"{_POINT} cools"),
    ("no_cooling", f"{_POINT} does not cool"),
    ("free", f"{_POINT} can be opened"),
    ("locked", f"{_POINT} cannot be opened"),
    ("available", f"{_POINT} is available"),
    ("unavailable", f"{_POINT} is not available"),
    ("state", rf"{_POINT} is (?P<state>[a-z_]+)"),
    ("warns", f"{_POINT} warns"),
    ("no_warning", f"{_POINT} does not warn"),
    ("fault", rf"{_POINT} has the fault (?P<fault>[a-z_]+)"),
    ("no_fault", f"{_POINT} has no fault"),
    ("flash", rf"{_POINT} flashes (?P<flash>[a-z]+)"),
    ("reply", r"the reply is (?P<result>[a-z]+)( (?P<reason>[a-z_]+))?"),
    ("nothing", "nothing happens"),
    ("no_event", rf"no (?P<event>[a-z_]+){_MORE}"),
    ("event", rf"(?P<event>[a-z_]+){_MORE}"),
)
"""Name and pattern of each phrase of `expect`; a bare word is an event of the journal."""


class NotUnderstood(Exception):
    """A phrase that is none of these: one line."""


@dataclass(frozen=True)
class Phrase:
    """What a phrase says."""

    name: str
    text: str
    said: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, key: str) -> str:
        return self.said.get(key, "")

    @property
    def more(self) -> dict[str, str]:
        """The `name=value` pairs at its end."""
        return dict(pair.split("=", 1) for pair in self["more"].split())


def read(text: str, patterns: Iterable[tuple[str, str]]) -> Phrase:
    """Raises NotUnderstood, with every phrase that would be."""
    for name, pattern in patterns:
        if found := re.fullmatch(pattern, " ".join(text.split())):
            said = {key: value for key, value in found.groupdict().items() if value}
            return Phrase(name, text, said)
    known = "; ".join(plain(pattern) for _, pattern in patterns)
    raise NotUnderstood(f"'{text}' is not understood; say one of: {known}")


def plain(pattern: str) -> str:
    """A pattern as people write it: WHO taps POINT."""
    pattern = pattern.replace(_MORE, " [NAME=VALUE …]")
    pattern = pattern.replace("( (?P<reason>[a-z_]+))?", " [REASON]").replace(_SECONDS, "SECONDS")
    named = re.sub(r"\(\?P<(\w+)>[^()]*\)", lambda found: found[1].upper(), pattern)
    return named.replace("\\", "").replace("  ", " ")
