"""Tables of protocol.md, made from the types."""

from collections.abc import Sequence
from typing import Any

from msgspec import inspect

from controller.wire import scalars
from controller.wire.events import EventBase
from controller.wire.schema.asyncapi import TRAFFIC
from controller.wire.schema.fields import field_texts, summary
from tools.protocol.types import default_of, spell


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def topics() -> str:
    """The table of topics."""
    rows = [
        (
            f"`{one.address}`",
            f"[`{one.name}`](#{one.kind.__name__.lower()})",
            one.sender.value,
            one.when,
            str(one.qos),
            "yes" if one.retained else "no",
            "yes" if one.signed else "no",
        )
        for one in TRAFFIC
    ]
    return table(("topic", "message", "from", "when", "QoS", "retained", "signed"), rows)


def scalar_types() -> str:
    """The table of the words that stand for a type."""
    rows: list[tuple[str, ...]] = [("time", "Exactly `YYYY-MM-DDTHH:MM:SS.mmmZ`, UTC.", "")]
    seen = set()
    for alias in vars(scalars).values():
        for meta in getattr(alias, "__metadata__", ()):
            if meta.title not in seen:
                seen.add(meta.title)
                rows.append((meta.title, meta.description, _pattern(meta.pattern)))
    return table(("type", "what", "pattern"), rows)


def _pattern(pattern: str | None) -> str:
    if pattern is None:
        return ""
    return "`" + pattern.removesuffix(r"(?!\n)").replace("|", "\\|") + "`"


def fields(kind: type[Any], *, of_base: bool = True) -> str:
    """The table of a type's fields; without those of all events unless `of_base`."""
    info = inspect.type_info(kind)
    if not isinstance(info, inspect.StructType | inspect.DataclassType):
        raise TypeError(f"{kind.__name__} has no fields")
    texts = field_texts(kind)
    base = () if of_base else EventBase.__struct_fields__
    rows = [
        (f"`{one.encode_name}`", spell(one.type), default_of(one), texts.get(one.name, ""))
        for one in info.fields
        if one.name not in base
    ]
    if isinstance(info, inspect.StructType) and info.tag_field and of_base and info.tag:
        name = "its type, below" if kind is EventBase else f"`{info.tag}`"
        rows.insert(0, (f"`{info.tag_field}`", name, "", ""))
    if not rows:
        return "No fields of its own."
    return table(("field", "type", "when absent", ""), rows)


def section(level: int, kind: type[Any], name: str = "", **more: bool) -> str:
    """A heading with an anchor, what it is, and its fields."""
    title = f"{'#' * level} {kind.__name__}" + (f": `{name}`" if name else "")
    anchor = f'<a id="{kind.__name__.lower()}"></a>'
    return f"{anchor}\n{title}\n\n{summary(kind)}\n\n{fields(kind, **more)}"
