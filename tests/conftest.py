"""What every test may rely on; each plug-in in `tests/support` says what it brings."""

from hypothesis import settings

pytest_plugins = [
    "tests.support.watched",  # the first: it sees what the others import
    "tests.support.collector",
    "tests.support.temporary",
    "tests.support.warm",
    "tests.support.programs",
    "tests.support.databases",
    "tests.support.valkey",
    "tests.support.firmware",
    "tests.support.browser",
    "tests.support.passwords",
    "tests.support.workers",
    "tests.support.quick",
    "tests.support.whole",
    "tests.support.proofs",
    "tests.support.applications",
    "tests.support.template_fields",
    "tests.support.catalogues",
]

# A busy computer is no failure: no example has to be done within a time.
settings.register_profile("loquet", deadline=None)
settings.load_profile("loquet")
