"""What comes in is converted field by field, however often."""

import subprocess
import sys

from controller.capabilities.machines.shapes import RequirementShape
from controller.kernel.errors import Invalid
from controller.kernel.validate import parse

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
        fields = {each.field for each in refused.errors}
    assert fields == {"certifications.0.1", "company", "unknown"}


def test_many_threads_may_be_the_first_to_use_a_shape() -> None:
    """msgspec 0.22 crashes when two find out about a shape at once; in a process of its own."""
    done = subprocess.run([sys.executable, "-c", AT_ONCE], check=False)
    assert done.returncode == 0


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
