"""What holds of every answer: its headers and cookies, nothing inline, nothing of a stranger's."""

import re

from werkzeug.test import TestResponse

from tests.support.parsed import Parsed, parsed
from webui.paper import PDF
from webui.security import HEADERS

MARKUP = (
    'Qz"\'><qz-evil qz-attr="1" onclick=qz()></title></textarea></select></script></svg>'
    "<qz-evil>&lt;qz-evil&gt; qz-attr=1 {{ 7*191 }}${7*191}"
)
"""Whatever ends a text, an attribute or an element where it is put, and begins its own."""
WORKED_OUT = str(7 * 191)
OWN = ("/", "#", "?", "mailto:", "tel:", "")
"""How addresses begin that stay with us."""
LEADING = {"href", "src", "action", "formaction", "hx-get", "hx-post", "data-stream", "srcset"}
AWAY = re.compile(r"[/\\]{2}")
PAPER = b"<!doctype html>"
INLINE = {"style", "base", "iframe", "object", "embed"}
OF_OTHERS, ANYWHERE = "Cross-Origin-Resource-Policy", "Access-Control-Allow-Origin"
"""What the public reads from any page says both, and no other."""
COOKIES = {"loquet", "__Host-loquet", "loquet-device", "__Host-loquet-device", "language", "theme"}


def proper(answer: TestResponse, page: Parsed | None) -> None:
    """Asked of every answer, whatever it is."""
    where = f"{answer.request.method} {answer.request.full_path} {answer.status}"
    public = {OF_OTHERS: "cross-origin"} if answer.headers.get(ANYWHERE) == "*" else {}
    for name, value in (HEADERS | public).items():
        assert answer.headers.get(name) == value, f"{where}: {name}"
    for cookie in answer.headers.getlist("Set-Cookie"):
        _proper_cookie(cookie, where)
    if page is not None:
        for tag, attributes in page.elements:
            _proper_element(tag, attributes, where)


def strange(answer: TestResponse, page: Parsed | None) -> None:
    """Proper, and nothing in it comes out of a text; of a document, in what would be printed."""
    proper(answer, page)
    if answer.mimetype == PDF and answer.data.startswith(PAPER):
        page = parsed(answer.get_data(as_text=True))
    if page is None:
        return
    where = f"{answer.request.method} {answer.request.full_path} {answer.status}"
    for tag, attributes in page.elements:
        names = [name for name in attributes if name.startswith(("qz", "on"))]
        assert not tag.startswith("qz"), f"{where}: an element of a text"
        assert not names, f"{where}: attributes of a text in <{tag}>: {names}"
    assert WORKED_OUT not in "".join(page.words), f"{where}: a template in a text"


def _proper_cookie(cookie: str, where: str) -> None:
    name, _, rest = cookie.partition("=")
    flags = {part.strip().lower() for part in rest.split(";")[1:]}
    assert name in COOKIES, f"{where}: {name}"
    if "max-age=0" not in flags:
        assert {"httponly", "samesite=lax", "path=/"} <= flags, f"{where}: {cookie}"


def _proper_element(tag: str, attributes: dict[str, str], where: str) -> None:
    assert tag not in INLINE, f"{where}: <{tag}>"
    for name, to in attributes.items():
        is_inline = name == "style" or name.startswith("on")
        assert not is_inline, f"{where}: <{tag}> {attributes}"
        if name in LEADING:
            is_ours = to.startswith(OWN) and not AWAY.match(to)
            assert is_ours, f"{where}: {name}={to}"
    if tag == "script":
        assert attributes.get("src", "").startswith("/static/"), f"{where}: an inline script"
