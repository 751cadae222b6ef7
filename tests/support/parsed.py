"""A page as a browser reads it without scripts: its elements, its links, its forms."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from lxml import etree

Attributes = dict[str, str]
TYPED = {"text", "search", "email", "tel", "url", "password", "textarea"}
GIVEN = {
    "email": "somebody@example.org",
    "date": "2026-11-25",
    "time": "15:30",
    "datetime-local": "2026-11-24T09:30",
    "number": "1",
    "month": "2026-11",
    "file": "",
}
"""What is put into an empty field of such a type."""


@dataclass
class Control:
    """A field of a form, or one of its buttons."""

    name: str
    kind: str
    value: str
    is_on: bool = False
    is_disabled: bool = False
    is_required: bool = False
    options: list[tuple[str, bool]] = field(default_factory=list)
    """Of a choice: what it sends, and whether it is chosen."""

    def filled(self, text: str) -> str | None:
        """What it sends once somebody has filled it; None: nothing."""
        if self.kind == "select":
            chosen = [value for value, is_chosen in self.options if is_chosen and value]
            return next(iter([*chosen, *(value for value, _ in self.options if value)]), "")
        if self.kind in ("checkbox", "radio"):
            return self.value if self.is_on else None
        if self.value or self.kind == "hidden":
            return self.value
        return GIVEN.get(self.kind, text)


@dataclass
class Form:
    """What can be sent: where, with which fields, by which buttons."""

    method: str
    action: str
    controls: list[Control] = field(default_factory=list)
    buttons: list[Control] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether any of its buttons can be pressed."""
        return not self.buttons or any(not button.is_disabled for button in self.buttons)

    def fields(self, text: str = "x", button: Control | None = None) -> dict[str, str]:
        """All that it sends when it is filled and that button is pressed; not the token."""
        found = dict[str, str]()
        radios = {
            control.name: control.value
            for control in reversed(self.controls)
            if control.kind == "radio"
        }
        for control in self.controls:
            value = None if control.is_disabled else control.filled(text)
            if control.name and value is not None:
                found[control.name] = value
        found = radios | found
        found.pop("csrf_token", None)
        if button is not None and button.name:
            found[button.name] = button.value
        return found

    def untouched(self) -> dict[str, list[str]]:
        """All that it sends as it is shown; not the token."""
        found = dict[str, list[str]]()
        for control in self.controls:
            chosen = [value for value, is_chosen in control.options if is_chosen]
            values = chosen or [value for value, _ in control.options[:1]]
            if control.kind != "select":
                values = [control.value]
            if control.name and (control.kind not in ("checkbox", "radio") or control.is_on):
                found.setdefault(control.name, []).extend(values)
        found.pop("csrf_token", None)
        return found

    def typed(self, text: str) -> dict[str, str]:
        """That text in each field where one types, whatever stands there."""
        free = [control for control in self.controls if control.kind in TYPED and control.name]
        return {control.name: text for control in free if not control.is_disabled}

    def sent(self) -> tuple[object, ...]:
        """What tells it from others: not its token, nor where it leads back to."""
        fields = self.fields() | {"next": ""}
        pressed = [(button.name, button.value, button.is_disabled) for button in self.buttons]
        return self.action, sorted(fields.items()), pressed

    def presses(self) -> Iterator[Control | None]:
        """Its buttons that can be pressed; None if there is none at all."""
        if not self.buttons:
            yield None
        yield from (button for button in self.buttons if not button.is_disabled)


class Parsed:
    """What the parser finds; feed it by `parsed`."""

    def __init__(self) -> None:
        self.elements: list[tuple[str, Attributes]] = []
        self.links: list[str] = []
        self.parts: list[str] = []
        """What htmx asks for by itself, or streams."""
        self.forms: list[Form] = []
        self.words: list[str] = []
        self._by_id: dict[str, Form] = {}
        self._apart: list[tuple[str, Control, Attributes]] = []
        """What stands outside of the form that it names."""
        self._form: Form | None = None
        self._select: Control | None = None
        self._text: Control | None = None

    def start(self, tag: str, attrib: Mapping[str, str]) -> None:
        """One element begins."""
        found = dict(attrib)
        self.elements.append((tag, found))
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        self.parts += [
            found[name] for name in ("hx-get", "data-more", "sse-connect") if name in found
        ]
        if tag == "form":
            self._begin(found)
        elif tag == "option" and self._select is not None:
            self._select.options.append((found.get("value", ""), "selected" in found))
        elif tag in ("input", "select", "textarea", "button"):
            self._control(tag, found)

    def end(self, tag: str) -> None:
        """One element ends."""
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._text = None

    def data(self, data: str) -> None:
        """Words between elements."""
        self.words.append(data)
        if self._text is not None:
            self._text.value += data

    def _begin(self, found: Attributes) -> None:
        self._form = Form(found.get("method", "get").upper(), found.get("action", ""))
        self.forms.append(self._form)
        if "id" in found:
            self._by_id[found["id"]] = self._form

    def _control(self, tag: str, found: Attributes) -> None:
        kind = found.get("type", "text" if tag == "input" else "submit").lower()
        made = Control(
            name=found.get("name", ""),
            kind=kind if tag in ("input", "button") else tag,
            value=found.get("value", "on" if kind in ("checkbox", "radio") else ""),
            is_on="checked" in found,
            is_disabled="disabled" in found or found.get("aria-disabled") == "true",
            is_required="required" in found,
        )
        if tag == "select":
            self._select = made
        if tag == "textarea":
            self._text = made
        if "form" in found:
            self._apart.append((found["form"], made, found))
        elif self._form is not None:
            self._add(self._form, made, found)

    def close(self) -> "Parsed":
        """The end of the page: what stood apart finds its form."""
        for name, made, found in self._apart:
            if name in self._by_id:
                self._add(self._by_id[name], made, found)
        self.forms = [form for form in self.forms if form.action or form.buttons]
        return self

    def _add(self, form: Form, made: Control, found: Attributes) -> None:
        if made.kind in ("submit", "image"):
            self._button(form, made, found)
        elif made.kind != "button":
            form.controls.append(made)
        if "hx-post" in found and made.kind != "submit":
            self.forms.append(replace(form, action=found["hx-post"], buttons=[]))

    def _button(self, form: Form, made: Control, found: Attributes) -> None:
        """A button with an address of its own makes a form of its own, of the same fields."""
        if "formaction" not in found:
            form.buttons.append(made)
            return
        apart = replace(form, action=found["formaction"], buttons=[made])
        apart.method = found.get("formmethod", form.method).upper()
        self.forms.append(apart)


def form_to(html: str, address: str) -> dict[str, list[str]]:
    """What the page's form to this address sends as it is shown."""
    return next(form for form in parsed(html).forms if form.action == address).untouched()


def parsed(html: str) -> Parsed:
    """Read a page, or a part of one."""
    parser = etree.HTMLParser(target=Parsed(), huge_tree=True)
    parser.feed(html)
    page: Parsed = parser.close()
    return page
