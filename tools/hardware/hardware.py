"""The page of supported hardware, generated from the registered drivers."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from devices import registry
from devices.registry import Port
from devices.wiring import Options
from tools.hardware.own_drivers import ours

_PORTS: Mapping[str, tuple[str, str]] = {
    "reader": ("Readers", "Read badges."),
    "power": ("Power switches", "Switch a machine's power, for `power` and `cooling`."),
    "strike": ("Strikes", "Lock doors."),
    "inputs": (
        "Inputs",
        "Contacts, buttons, E-stops, interlocks, start conditions, fire: `inputs.NAME`.",
    ),
    "meter": ("Meters and job state", "Report whether a machine runs."),
    "indicator": ("Indicators", "Show people the state of a machine or door."),
}
HEAD = """# Supported hardware

`python -m tools.hardware` generates this page from the registered drivers; a test compares them.
Use the name in the first column as `driver = "…"` in `config.toml`. Drivers from other packages are
not listed. See also [wiring](wiring.md), [looks and texts](looks.md) and
[adding a driver](adding-a-driver.md).
"""
_FIRST_LINE = re.compile(r"Drivers? `\w+`[^:]*: (.*)", re.DOTALL)


def page() -> str:
    """The whole page, as Markdown."""
    return "\n".join([HEAD, *(line for port in registry.PORTS for line in _port(port))])


def _port(port: Port[Any, Any]) -> Iterator[str]:
    title, what = _PORTS[port.table]
    yield f"## {title}\n\n{what}\n"
    found = ours(port)
    yield "| driver | what it is | capabilities, with default options |"
    yield "|---|---|---|"
    for name in found:
        driver = registry.load_driver(port, name, "docs")
        yield f"| [`{name}`](#{port.table}-{name}) | {_cell(about(driver))} | {can(port, driver)} |"
    yield ""
    for name in found:
        driver = registry.load_driver(port, name, "docs")
        yield f'### <a id="{port.table}-{name}"></a>`{port.table}`, driver `{name}`\n'
        yield from _options(driver.Options)


def about(driver: Any) -> str:
    """The first sentence of the driver's module, without what the table already says."""
    import inspect

    module = inspect.getmodule(driver)
    text = ((module and module.__doc__) or driver.__doc__ or "").strip().split("\n\n")[0]
    found = _FIRST_LINE.match(text)
    text = found[1] if found else text.partition(": drivers `")[0]
    return re.sub(r"\s+", " ", text).removesuffix(".")


def can(port: Port[Any, Any], driver: Any) -> str:
    """Its capabilities with default options, in words."""
    detects_s = getattr(driver, "detects_s", None)
    tells = "" if detects_s is None else f"detects its absence within {detects_s:g} s"
    return "; ".join(one for one in (_capabilities(port, driver), tells) if one)


def _capabilities(port: Port[Any, Any], driver: Any) -> str:
    if port.table not in ("reader", "power"):
        return ""
    try:
        found = driver.capabilities_of(_example(driver.Options))
    except (TypeError, ValueError, LookupError) as error:  # another package's, of odd options
        return f"depends on its options ({type(error).__name__})"
    if port.table == "reader":
        return "detects removal" if found.senses_removal else "does not detect removal"
    limit = "no time limit: never for dangerous machines"
    if found.has_time_limit:
        limit = f"off by itself within {found.time_limit_s:g} s"
    if found.wakes:
        limit += ", but may switch on for a moment when it restarts: never for dangerous machines"
    return f"{limit}; {'latches' if found.latching else 'does not latch'}"


def _example(kind: type[Options]) -> Options:
    """Options with only the required ones set."""
    made = {
        field.encode_name: _value(field.type)
        for field in msgspec.structs.fields(kind)
        if field.required
    }
    return kind(**made)


def _value(hint: Any) -> Any:
    """Any valid value for such an option: capabilities don't depend on a pin's number."""
    info = msgspec.inspect.type_info(hint)
    if isinstance(info, msgspec.inspect.Metadata):
        info = info.type
    match info:
        case msgspec.inspect.IntType() | msgspec.inspect.FloatType():
            return info.ge or 0
        case msgspec.inspect.EnumType():
            return next(iter(info.cls))
        case msgspec.inspect.BoolType():
            return False
        case msgspec.inspect.StrType():
            return ""
    return ()


def _options(kind: type[Options]) -> Iterator[str]:
    fields = msgspec.structs.fields(kind)
    if not fields:
        yield "It has no options.\n"
        return
    yield "| option | what | if unset |"
    yield "|---|---|---|"
    for field in fields:
        what = _cell(registry.option_help(kind, field.name))
        yield f"| `{field.encode_name}` | {what} | {_default(field)} |"
    yield ""


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "required"
    value = field.default
    if value is msgspec.NODEFAULT:
        value = field.default_factory()
    if value is None:
        return ""
    return f"`{_cell(msgspec.json.encode(value).decode())}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
