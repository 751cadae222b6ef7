"""Every text about decisions and states, in French and English, the same wherever it is shown."""

from collections.abc import Mapping
from dataclasses import dataclass

from controller.domain.decision import Decision
from controller.domain.facts import AccessPoint, Language, Name, Site
from controller.domain.states import (
    DoorPhase,
    EndCause,
    FaultKind,
    MachinePhase,
    Refusal,
    WarningKind,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What to show: a title (what), and lines (what is missing, what to do, who can help)."""

    title: str
    lines: tuple[str, ...] = ()


def explain(decision: Decision, point: AccessPoint, site: Site, language: Language) -> Text:
    """The decision in words, for a reader's display, a page and the desk alike."""
    raise NotImplementedError


def machine_word(phase: MachinePhase, language: Language) -> str:
    """The state in a word or two, as visual.md has it."""
    raise NotImplementedError


def door_word(phase: DoorPhase, language: Language) -> str:
    """The state in a word or two."""
    raise NotImplementedError


def fault_text(kind: FaultKind, language: Language) -> Text:
    """What is wrong, and what to do."""
    raise NotImplementedError


def warning_text(kind: WarningKind, left_s: float, language: Language) -> Text:
    """What ends soon, and what to do."""
    raise NotImplementedError


def cause_word(cause: EndCause, language: Language) -> str:
    """Why a session ended."""
    raise NotImplementedError


def refusal_text(why: Refusal, language: Language) -> Text:
    """Why something asked was not done, and what to do."""
    raise NotImplementedError


__all__ = [
    "Mapping",
    "Name",
    "Text",
    "cause_word",
    "door_word",
    "explain",
    "fault_text",
    "machine_word",
    "refusal_text",
    "warning_text",
]
