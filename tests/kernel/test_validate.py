"""What comes in is converted field by field, however often."""

import subprocess
import sys

import pytest

from controller.capabilities.machines.shapes import RequirementShape
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.user_reports.shapes import NewHandoverNote
from controller.domain.control_characters import as_line, as_lines, with_single_lines
from controller.kernel.errors import ControlCharacter, Invalid
from controller.kernel.validate import one_line, parse, several_lines

RULE = {"certifications": [["laser", "plasma"], "house-rules"], "plans": ["workshop"]}


def test_a_choice_between_a_slug_and_several_is_read_again_and_again() -> None:
    """msgspec 0.22 frees the slug's pattern at each conversion to a bare union, and crashes."""
    for _ in range(5_000):
        assert parse(RULE, RequirementShape).plans == ("workshop",)


def test_every_field_at_fault_is_named_with_its_place() -> None:
    wrong = {"certifications": [["laser", "No Slug"]], "company": 0, "unknown": 1}
    try:
        parse(wrong, RequirementShape)
    except Invalid as refused:
        fields = {error.field for error in refused.errors}
    assert fields == {"certifications.0.1", "company", "unknown"}


def test_many_threads_may_be_the_first_to_use_a_shape() -> None:
    """msgspec 0.22 crashes when two find out about a shape at once; in a process of its own."""
    done = subprocess.run([sys.executable, "-c", AT_ONCE], check=False)
    assert done.returncode == 0


CONTROLS = "\0\x07\x08\x0b\r\x1b\x7f\x85\x9b\u2028\u2029\u202a\u202b\u202e\u2066\u2069"
"""Bells, escapes, line ends, and what turns the reading order."""
KEPT = "👨\u200d👩\u200d👧", "می\u200cخواهم", "דוד (C++\u200f) א", "é e\u0301 ﬁ", "a\u00a0b"
"""Texts that need a character which nobody sees."""


@pytest.mark.parametrize("character", [*CONTROLS, "\n", "\t"])
def test_a_control_character_is_refused_by_its_name_and_its_fields(character: str) -> None:
    data = {"display_name": f"A{character}b", "guardian": {"name": "c", "phone": f"06{character}1"}}
    with pytest.raises(Invalid) as caught:
        parse(data, NewMember)
    said = {error.field: error.message for error in caught.value.errors}
    name = f"the character U+{ord(character):04X} is not allowed here"
    assert said.keys() == {"display_name", "guardian.phone"} or character in "\n\t"
    assert said["display_name"].startswith(name)


@pytest.mark.parametrize("text", KEPT)
def test_what_languages_and_emoji_need_is_kept(text: str) -> None:
    assert parse({"display_name": text}, NewMember).display_name == text


@pytest.mark.parametrize("text", ["\u200b", "\u200d\u200e", "\u2060", "\xad", "\ufeff", " \u200f"])
def test_a_line_of_nothing_that_one_sees_is_none(text: str) -> None:
    with pytest.raises(Invalid):
        parse({"display_name": text}, NewMember)


def test_a_text_of_several_lines_has_line_feeds_and_tabs() -> None:
    new = parse({"text": "1\tun\r\n2\tdeux\r\n"}, NewHandoverNote)
    assert new.text == "1\tun\n2\tdeux\n"
    assert several_lines("text", "a\r\nb\t") == "a\nb\t"
    for character in CONTROLS:
        with pytest.raises(Invalid):
            parse({"text": f"a{character}b"}, NewHandoverNote)
        with pytest.raises(ControlCharacter, match="reason: the character U"):
            several_lines("reason", f"a{character}b")
        with pytest.raises(ControlCharacter, match="reason: the character U"):
            one_line("reason", f"a{character}b")
    with pytest.raises(ControlCharacter, match=r"U\+000A"):
        one_line("reason", "a\nb")


def test_what_is_only_passed_on_becomes_harmless() -> None:
    assert as_line(f"a{CONTROLS}\n\tb").strip(" ab") == ""
    assert as_lines("a\n\tb\x1b[31m") == "a\n\tb [31m"
    found = with_single_lines({"name\x1b": ["a\u202eb", 1, None], "ok": {"x": "c\nd"}})
    assert found == {"name ": ["a b", 1, None], "ok": {"x": "c d"}}


AT_ONCE = """
import sys, threading
from controller.capabilities.machines.shapes import AccessPointFields
from controller.kernel.validate import parse

sys.setswitchinterval(1e-6)
together = threading.Barrier(40)

def first():
    together.wait()
    parse({"name": {"en": "Saw"}}, AccessPointFields)

threads = [threading.Thread(target=first) for _ in range(40)]
[each.start() for each in threads]
[each.join() for each in threads]
"""
