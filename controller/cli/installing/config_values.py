"""Changes single values of a config.toml, and nothing around them."""

import json
import re
import tomllib

from controller.settings import SettingsError


def with_value(text: str, table: str, key: str, value: str | list[str]) -> str:
    """The text with `key` of `[table]` being that. Raises SettingsError where it can't be found."""
    line = f"{key} = {json.dumps(value, ensure_ascii=False)}"
    head = re.search(rf"(?m)^[ \t]*\[[ \t]*{re.escape(table)}[ \t]*\][^\n]*\n?", text)
    if head is None:
        changed = f"{text.rstrip()}\n\n[{table}]\n{line}\n"
    else:
        following = re.search(r"(?m)^[ \t]*\[", text[head.end() :])
        end = head.end() + following.start() if following else len(text)
        body = text[head.end() : end]
        there = re.compile(rf"(?m)^[ \t]*{re.escape(key)}[ \t]*=[^\n]*$")
        new = there.sub(lambda _: line, body, count=1) if there.search(body) else f"{line}\n{body}"
        changed = f"{text[: head.end()].rstrip()}\n{new}{text[end:]}"
    try:
        is_done = tomllib.loads(changed).get(table, {}).get(key) == value
    except tomllib.TOMLDecodeError:
        is_done = False
    if not is_done:
        raise SettingsError(f"write it into config.toml yourself: [{table}] {line}")
    return changed
