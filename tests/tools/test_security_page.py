"""What a security officer reads is what the code would say now."""

from tests.docs.looked_up import is_unit
from tools.security_page import FILE, OUTWARD, missing_sections, page


def test_it_is_up_to_date() -> None:
    assert FILE.read_text(encoding="utf-8") == page(), "run python -m tools.security_page"


def test_each_section_of_the_configuration_says_what_it_opens() -> None:
    assert missing_sections() == set()


def test_it_names_every_unit_port_and_flow() -> None:
    text = page()
    for told in ("| 443 |", "| 8883 |", "`127.0.0.1:8000`", "`loquet-agent`", "`mosquitto`"):
        assert told in text
    assert all(f"| `[{section}]` |" in text for section in OUTWARD)
    assert is_unit("loquet-backup.timer")
