"""Looks a command up in what knows it: a real parser, a table of the program, a file of the tree.

Every `problems_*` yields one line for each thing that isn't so."""

import importlib
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from urllib.parse import urlsplit

import yaml

from tests.support.tree import ROOT
from tools.parsed_cli import commands, options_of, words_of
from webui.api.table import ROUTES

Problems = Iterator[str]
_ENDS = frozenset({"&&", "||", ";", "|"})
_TREE = re.compile(
    r"^(?:/opt/loquet/|\./)?((?:addons|requirements|systemd|tests|devices|tools)/.+)"
)
_PLACEHOLDER = re.compile(r"…|^\[|\]$|^\||^[A-Z_]+(\.[a-z]+)?$")
_NAME_PACKAGES = (
    "packaging/debian/control",
    "tools/run/programs.sh",
    "tools/run/debian.sh",
    "tools/run/python.sh",
    "tools/run/verbs/prove.sh",
    "firmware_bridge/firmware/Makefile",
)
_MODULES = re.compile(r"(tools|devices|tests|controller)(\.\w+)+")


def simple_commands(text: str) -> Iterator[list[str]]:
    """The words of each command of a script, without redirections and settings before it."""
    for line in text.replace("\\\n", " ").splitlines():
        words: list[str] = []
        reader = shlex.shlex(line, posix=True, punctuation_chars=True)
        reader.whitespace_split = True
        for word in reader:
            if word in _ENDS:
                yield from _plain(words)
                words = []
            else:
                words.append(word)
        yield from _plain(words)


def _plain(words: list[str]) -> Iterator[list[str]]:
    left = iter(words)
    kept = [word for word in left if not (set(word) <= set("<>&") and next(left, None))]
    while kept and re.match(r"[A-Z_]+=", kept[0]):
        kept = kept[1:]
    if kept:
        yield kept


def problems_of(words: list[str], *, loose: bool = False) -> Problems:
    """`loose`: as said within a text, where words may be left out or stand for others."""
    name = words[0].rsplit("/", 1)[-1]
    if name == "loquet":
        yield from (_loquet_loose if loose else _loquet)(words[1:])
    elif name not in LOOKED_UP:
        yield f"no test knows how to look up {name}"
    elif words[1:] or not loose:
        yield from LOOKED_UP[name](words[1:])
    yield from _of_tree(words)


def _of_tree(words: list[str]) -> Problems:
    for word in words[1:]:
        found = _TREE.match(word.split("[")[0])
        if found and not (ROOT / found[1]).exists():
            yield f"there is no {found[1]}"


def _loquet(words: list[str]) -> Problems:
    if words in (["--help"], ["--version"]):
        return
    parser = commands().get(words[0])
    if parser is None:
        yield f"there is no command {words[0]}"
        return
    try:
        parser.parse_args(words[1:])
    except SystemExit as ended:
        if ended.code != 0:
            yield f"loquet does not take: {shlex.join(words)}"


def _loquet_loose(words: list[str]) -> Problems:
    """Each option is there, and each word that is one of a few."""
    if not words or words == ["--help"] or _PLACEHOLDER.search(words[0]):
        return
    parser = commands().get(words[0])
    if parser is None:
        yield f"there is no command {words[0]}"
        return
    options = {name: action for action in options_of(parser) for name in action.option_strings}
    places = words_of(parser)
    left = iter(words[1:])
    for word in left:
        if not word.startswith("-") or word == "-":
            place = next(places, None)
            choices = place.choices if place else None
            if choices is not None and word not in choices and not _PLACEHOLDER.search(word):
                yield f"loquet {words[0]} takes no {word}"
        elif word not in options:
            yield f"loquet {words[0]} has no {word}"
        elif options[word].nargs is None:
            next(left, None)


def _run(words: list[str]) -> Problems:
    """`./run VERB …`."""
    if words and not (ROOT / f"tools/run/verbs/{words[0]}.sh").exists():
        yield f"./run has no {words[0]}"
    if words[:1] == ["loquet"]:
        yield from _loquet_loose(words[1:])
    if words[:1] == ["demo"]:
        yield from _loquet_loose(words)


def _bash(words: list[str]) -> Problems:
    if not (ROOT / words[0]).is_file():
        yield f"there is no {words[0]}"


def _python(words: list[str]) -> Problems:
    """`python -m MODULE`: its own --help tells its options."""
    if words[0] != "-m":
        yield f"python without a module: {words}"
    elif _MODULES.fullmatch(words[1]):
        yield from _module(words[1], [word for word in words[2:] if word.startswith("--")])
    elif words[1] == "pip":
        yield from _pip(words[2:])
    elif words[1] != "venv":
        yield f"no test knows the module {words[1]}"


def _module(name: str, options: list[str]) -> Problems:
    if importlib.util.find_spec(name) is None:
        yield f"there is no module {name}"
    elif options:
        told = _help_of(name)
        yield from (f"{name} has no {option}" for option in options if option not in told)


@cache
def _help_of(module: str) -> str:
    words = [sys.executable, "-m", module, "--help"]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def _pip(words: list[str]) -> Problems:
    """Its files are looked for with those of the tree; extras here."""
    known = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for word in words:
        for extra in re.findall(r"(?:loquet\S*)\[([a-z0-9,]+)\]", word):
            for part in extra.split(","):
                if part not in known["optional-dependencies"]:
                    yield f"there is no extra {part}"


def _apt(words: list[str]) -> Problems:
    """A package of ours, or one that our packages or `./run` name."""
    verb, *packages = words
    if verb not in ("install", "remove", "purge"):
        yield f"apt {verb}: not looked up"
    for package in packages:
        if package.startswith("./loquet-"):
            package = package.removeprefix("./").split("_")[0]
        if not _PLACEHOLDER.search(package) and package not in _packages():
            yield f"{package}: packaging/debian/control, setup and tools/run name no such package"


@cache
def _packages() -> frozenset[str]:
    from controller.cli.installing.controller import REQUIRED_PROGRAMS

    text = "".join((ROOT / file).read_text() for file in _NAME_PACKAGES)
    return frozenset(re.findall(r"[a-z0-9][a-z0-9.+-]+", text)) | set(REQUIRED_PROGRAMS.values())


def _systemctl(words: list[str]) -> Problems:
    verb, *units = words
    if verb not in ("start", "stop", "restart", "enable", "edit", "poweroff", "list-timers"):
        yield f"systemctl {verb}: not looked up"
    yield from (f"there is no unit {unit}" for unit in units if not is_unit(unit))


def _journalctl(words: list[str]) -> Problems:
    if words[0] != "-u" or not is_unit(words[1]):
        yield f"journalctl {words}: no unit of ours"


def is_unit(name: str) -> bool:
    """Whether systemd would find it."""
    ours = {path.name for path in (ROOT / "systemd").glob("loquet-*.*")}
    return name in ours | {word.partition(".")[0] for word in ours} | {"nginx", "mosquitto"}


def _curl(words: list[str]) -> Problems:
    """The API has that address, and takes what is sent there."""
    (address,) = (word for word in words if "/api/v1" in word)
    path = urlsplit(address.replace("$LOQUET_URL", "http://place")).path.split("/api/v1")[1]
    method = "POST" if {"-d", "--data"} & set(words) else "GET"
    if not any(route.method == method and _fits(route.path, path) for route in ROUTES):
        yield f"the API has no {method} {path}"


def _fits(pattern: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"\{\w+\}|<[^>]+>", "[^/]+", pattern), path) is not None


def _runuser(words: list[str]) -> Problems:
    user, command = words[words.index("-u") + 1], words[words.index("--") + 1 :]
    known = (ROOT / "packaging/debian/loquet-controller.sysusers").read_text()
    if f"u {user} " not in known:
        yield f"no package makes a user {user}"
    yield from problems_of(command)


def _make(words: list[str]) -> Problems:
    """Of the firmware: its targets, and the words that may be set."""
    (file,) = (ROOT / "firmware_bridge").rglob("Makefile")
    text = file.read_text()
    for word in words:
        pattern = rf"^{word.split('=')[0]}\s*\??:?=" if "=" in word else rf"^{word}\s*:"
        if not re.search(pattern, text, re.MULTILINE):
            yield f"the firmware's Makefile has no {word}"


def _ssh_keygen(words: list[str]) -> Problems:
    """As releases are signed."""
    signs = "".join(path.read_text() for path in (ROOT / "tools/run").rglob("*.sh"))
    for word in (words[words.index("-n") + 1], "SHA256SUMS", "ssh-keygen -Y sign"):
        if word not in signs:
            yield f"no release is made with {word}"


def _podman(words: list[str]) -> Problems:
    """In a container of compose.yaml: its name, then the command."""
    if words[0] in ("exec", "restart") and words[1] not in _containers().values():
        yield f"compose.yaml has no container {words[1]}"
    if words[0] == "exec":
        yield from problems_of(words[2:])


def _podman_compose(words: list[str]) -> Problems:
    """After `run --rm` stands the service of commands, then one; after `up` may stand one."""
    if "run" in words:
        service, *command = words[words.index("--rm") + 1 :]
        yield from problems_of([service, *command])
    else:
        service = words[-1]
    if not service.startswith("-") and service not in {*_containers(), "up", "down"}:
        yield f"compose.yaml has no service {service}"


@cache
def _containers() -> dict[str, str]:
    """Service -> container."""
    services = yaml.safe_load((ROOT / "packaging/compose.yaml").read_text())["services"]
    return {name: said.get("container_name", "") for name, said in services.items()}


def _nothing_of_ours(_: list[str]) -> Problems:
    """Programs of every system: only their paths of the tree are looked for."""
    yield from ()


LOOKED_UP: dict[str, Callable[[list[str]], Problems]] = {
    "run": _run,
    "bash": _bash,
    "python": _python,
    "python3": _python,
    "pip": _pip,
    "pipx": _pip,
    "uv": _pip,
    "apt": _apt,
    "systemctl": _systemctl,
    "journalctl": _journalctl,
    "curl": _curl,
    "runuser": _runuser,
    "make": _make,
    "ssh-keygen": _ssh_keygen,
    "podman": _podman,
    "podman-compose": _podman_compose,
    **dict.fromkeys(
        ("cd", "cp", "install", "echo", "chown", "mkdir", "pytest", "sha256sum", "certbot"),
        _nothing_of_ours,
    ),
}
