"""Somebody in front of a page presses, chooses, types, reads badges; by mouse, or keyboard alone.

**An act** is what somebody decides to do: a press (a button, a link, a fold, a key that acts), a
choice (a radio, a tick, an option of a list), a field filled with the Enter that may end it, or a
badge read by a USB reader, which types its number and Enter. To look, to move the pointer, to Tab,
to scroll and to wait is none. A page that must be opened first costs its presses.

**A person's seconds** are estimated as in the keystroke-level model (Card, Moran, Newell 1980), so
that they do not depend on this computer: 1.35 s to make up one's mind for each act, 1.1 s to point,
0.2 s to click, 0.4 s from the mouse to the keys, 0.28 s a key, 2 s to take a badge to its reader.
"""

import re
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page, expect

from controller.domain.locale.catalogue import Translator

DECIDE_S, POINT_S, CLICK_S, HAND_S, KEY_S, BADGE_S = 1.35, 1.1, 0.2, 0.4, 0.28, 2.0
MAX_TABS = 150
"""What is further away counts as out of reach."""
_FROM_HERE = """one => {
  const at = document.activeElement;
  if (one === at) return 'here';
  const main = document.getElementById('main');
  if (main?.contains(one) && !main.contains(at) && at !== main) return 'skip';
  return at.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_PRECEDING ? 'back' : 'on';
}"""
_SEEN = """one => {
  const { top, bottom } = one.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
}"""


@dataclass
class Actor(ABC):
    """Counts what it does. Words are given in English, as the templates have them."""

    page: Page
    translator: Translator
    acts: int = 0
    keys: int = 0
    person_s: float = 0.0
    hands_on_keys: bool = field(default=False, init=False)
    begun: float = field(default_factory=time.monotonic, init=False)
    """Since when the page is open, or what is counted goes on."""

    def begins(self) -> None:
        """What was done so far only made things ready."""
        self.begun = time.monotonic()

    def say(self, text: str, **values: object) -> str:
        """The text as the page shows it."""
        return self.translator.say(text, **values)

    def find(self, role: str, *parts: str) -> Locator:
        """What has that role and these words in its name, one after the other, and is visible."""
        if role == "fold":
            within = self.page.locator("summary")
            for part in parts:
                within = within.filter(has_text=_pattern(part))
            return within.filter(visible=True)
        name = _pattern(*parts)
        return self.page.get_by_role(role, name=name).filter(visible=True)  # type: ignore[arg-type]

    def press(self, role: str, *parts: str) -> None:
        """Press the one that has these words. One act."""
        self._act()
        self._press(self.find(role, *parts))

    def press_this(self, one: Locator) -> None:
        """Press what has no name of its own. One act."""
        self._act()
        self._press(one)

    def act_elsewhere(self) -> None:
        """Something is done away from the page, at a reader as a rule. One act."""
        self._act()
        self.person_s += BADGE_S

    def pick(self, label: str) -> None:
        """Choose the radio or tick of that label. One act."""
        self._act()
        self._pick(self._labelled(label))

    def choose(self, label: str, option: str) -> None:
        """Choose from a list. One act."""
        self._act()
        self._choose(self._labelled(label), option)

    def choose_value(self, label: str, value: str) -> None:
        """Choose from a list what the page calls otherwise in each language. One act."""
        option = self._labelled(label).locator(f'option[value="{value}"]')
        self.choose(label, option.inner_text())

    def type(self, text: str, into: str | Locator | None = None, *, enter: bool = False) -> None:
        """Fill a field, the one that has the focus if none is named. One act."""
        self._act()
        self._focus(into)
        self._hands_to_keys()
        if self.page.locator("input:focus").input_value():
            self._key("ControlOrMeta+a")
        self._keys(len(text))
        self.page.keyboard.type(text)
        if enter:
            self._key("Enter")

    def tap_badge(self, number: str, into: str | None = None) -> None:
        """Hold a badge to the USB reader: it types the number and Enter. One act."""
        self._act()
        self._focus(into)
        self.person_s += BADGE_S
        self.page.keyboard.type(number)
        self.page.keyboard.press("Enter")

    def search(self, text: str) -> None:
        """Look for something in the field that stands on top of every page. One act."""
        self._act()
        self._to_search()
        self._hands_to_keys()
        self._keys(len(text))
        self.page.keyboard.type(text)
        expect(self.page.get_by_role("option").first).to_be_visible()
        self._key("Enter")

    def go(self, page: str) -> None:
        """Open a page by its name in the navigation; a small screen may have it under *More*."""
        link = self.find("link", page)
        if link.count() == 0:
            self.press("link", self.say("More"))
        self._act()
        self._press(link.first)

    def _labelled(self, label: str) -> Locator:
        whole = re.compile(rf"^\s*{_pattern(label).pattern}\s*$")
        return self.page.get_by_label(whole).filter(visible=True)

    def _act(self) -> None:
        self.acts += 1
        self.person_s += DECIDE_S

    def _keys(self, number: int) -> None:
        self.keys += number
        self.person_s += number * KEY_S

    def _key(self, key: str) -> None:
        self._keys(1)
        self.page.keyboard.press(key)

    def _hands_to_keys(self) -> None:
        if not self.hands_on_keys:
            self.person_s += HAND_S
        self.hands_on_keys = True

    def _focus(self, into: str | Locator | None) -> None:
        if into is None:
            expect(self.page.locator("input:focus, textarea:focus")).to_have_count(1)
        else:
            self._reach(self._labelled(into) if isinstance(into, str) else into)

    @abstractmethod
    def _press(self, one: Locator) -> None: ...

    @abstractmethod
    def _pick(self, one: Locator) -> None: ...

    @abstractmethod
    def _choose(self, one: Locator, option: str) -> None: ...

    @abstractmethod
    def _reach(self, one: Locator) -> None: ...

    @abstractmethod
    def _to_search(self) -> None: ...


class Mouse(Actor):
    """Points and clicks; types only what has to be typed."""

    def _press(self, one: Locator) -> None:
        self._point()
        one.click()

    def _pick(self, one: Locator) -> None:
        self._point()
        one.check()

    def _choose(self, one: Locator, option: str) -> None:
        self._point()
        self._point()
        one.select_option(label=option)

    def _reach(self, one: Locator) -> None:
        if not one.evaluate("one => one === document.activeElement"):
            self._press(one)

    def _to_search(self) -> None:
        self._press(self.page.locator("#command"))

    def _point(self) -> None:
        if self.hands_on_keys:
            self.person_s += HAND_S
        self.hands_on_keys = False
        self.person_s += POINT_S + CLICK_S


class Keyboard(Actor):
    """Touches no mouse: Tab, Shift+Tab, arrows, Enter, Space, the skip link and `/`."""

    def _press(self, one: Locator) -> None:
        self._reach(one)
        self._key("Enter")

    def _pick(self, one: Locator) -> None:
        if one.get_attribute("type") == "checkbox":
            self._reach(one)
            self._key("Space")
            return
        group = self.page.locator(f'input[name="{one.get_attribute("name")}"]')
        chosen = group.and_(self.page.locator(":checked"))
        self._reach(chosen if chosen.count() else group.first)
        for _ in range(group.count()):
            if one.is_checked():
                return
            self._key("ArrowDown")
        raise AssertionError(f"arrows do not reach {one}")

    def _choose(self, one: Locator, option: str) -> None:
        self._reach(one)
        options = one.locator("option")
        wanted = options.all_inner_texts().index(option)
        at = int(one.evaluate("one => one.selectedIndex"))
        for _ in range(abs(wanted - at)):
            self._key("ArrowDown" if wanted > at else "ArrowUp")

    def _reach(self, one: Locator) -> None:
        """Tab until it has the focus, and see that it is on the screen."""
        self.hands_on_keys = True
        for _ in range(MAX_TABS):
            where = one.evaluate(_FROM_HERE)
            if where == "here":
                assert one.evaluate(_SEEN), f"{one} has the focus out of sight"
                return
            if where == "skip":
                self._skip()
            else:
                self._key("Shift+Tab" if where == "back" else "Tab")
        raise AssertionError(f"no Tab reaches {one}")

    def _skip(self) -> None:
        """Past the navigation, as the first link of each page offers."""
        skip = self.page.locator(".skip")
        for _ in range(MAX_TABS):
            if skip.evaluate("one => one === document.activeElement"):
                break
            self._key("Tab" if self._at_the_start() else "Shift+Tab")
        self._key("Enter")

    def _at_the_start(self) -> bool:
        return bool(self.page.evaluate("document.activeElement === document.body"))

    def _to_search(self) -> None:
        self._key("/")


def _pattern(*parts: str) -> re.Pattern[str]:
    """These words in this order, whatever stands between, and whichever spaces they have."""
    return re.compile(".*".join(r"\s+".join(map(re.escape, part.split())) for part in parts))
