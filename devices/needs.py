"""Python packages and programs that a driver needs, and which of them are missing."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from shutil import which

_EXTRAS = re.compile(r"[\w.-]+\[[^]]*\]|[^,]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """Modules and programs without which a driver can't be opened, and how to install them."""

    modules: tuple[str, ...] = ()
    extra: str = "agent"
    """The extra of the distribution `loquet` that has the modules; or `OTHER[EXTRA]` of another
    one."""
    system: tuple[str, ...] = ()
    """Modules that only packages of the system provide."""
    programs: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    """Debian packages with the system's modules and the programs."""

    def missing_text(self) -> str | None:
        """Return what is not installed and how to install it; None if nothing is missing."""
        modules = [name for name in self.modules if not _is_installed(name)]
        others = [name for name in self.system if not _is_installed(name)]
        others += [name for name in self.programs if which(name) is None]
        ways = []
        if modules:
            ways.append(f"pip install {self._distributions()}")
        if others:
            ways.append(f"apt install {' '.join(self.packages)}")
        if not ways:
            return None
        return f"needs {', '.join(modules + others)}, not installed here: {' and '.join(ways)}"

    def _distributions(self) -> str:
        """Return arguments for pip, one per distribution, `loquet` first."""
        packages = _EXTRAS.findall(self.extra)
        loquet_extras = ",".join(package for package in packages if "[" not in package)
        arguments = [f"loquet[{loquet_extras}]"] if loquet_extras else []
        return " ".join(
            f"'{argument}'"
            for argument in arguments + [package for package in packages if "[" in package]
        )


def all_of(several: Iterable[Needs]) -> Needs:
    """Return several needs as one."""
    all_needs = tuple(several)
    return Needs(
        modules=tuple(name for needs in all_needs for name in needs.modules),
        extra=",".join(sorted({needs.extra for needs in all_needs if needs.modules})),
        system=tuple(name for needs in all_needs for name in needs.system),
        programs=tuple(name for needs in all_needs for name in needs.programs),
        packages=tuple(name for needs in all_needs for name in needs.packages),
    )


NOTHING = Needs()
GPIO = Needs(modules=("gpiozero",))
SERIAL = Needs(modules=("serial",))


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ImportError:  # the package that contains it is missing
        return False
