# The Python environment in .venv, made of the locks in requirements/.

VENV=$ROOT/.venv
PYTHON_CHECK='import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'

# Sets $python to the first that is new enough and can make environments. Debian's own comes first:
# one that a version manager compiled here is a tenth slower at our work (docs/decisions/0185).
find_python() {
    if [ -n "${LOQUET_PYTHON:-}" ]; then
        "$LOQUET_PYTHON" -c "$PYTHON_CHECK" 2>/dev/null && python=$LOQUET_PYTHON && return
        die "LOQUET_PYTHON=$LOQUET_PYTHON is not Python 3.11 or newer with venv; name another, or unset it"
    fi
    for python in /usr/bin/python3 python3 python3.14 python3.13 python3.12 python3.11; do
        "$python" -c "$PYTHON_CHECK" 2>/dev/null && return
    done
    return 1
}

need_python() {
    find_python && return
    if is_root && has_apt; then
        apt_install python3 python3-venv
        find_python && return
    fi
    have=$(python3 -V 2>/dev/null || echo 'no python3')
    die "Python 3.11 or newer with venv is needed, and here is $have: as root, apt install python3 python3-venv"
}

# What the environment was made of. It is useless in another folder or under another Python,
# so both are part of it; a damaged environment has no version.
base_stamp() { printf '%s\n%s\n' "$ROOT" "$("${LOQUET_PYTHON:-$VENV/bin/python}" -V 2>&1)"; }
full_stamp() { base_stamp; sha256sum "requirements/$1.txt" pyproject.toml; }
is_stamped() { [ -f "$VENV/$1" ] && [ "$(cat "$VENV/$1")" = "$2" ]; }

pip_install() {
    "$VENV/bin/python" -m pip --quiet --no-input --disable-pip-version-check install "$@"
}

# Makes .venv hold requirements/$1.txt and this tree.
need_venv() {
    is_stamped "stamp-$1" "$(full_stamp "$1")" && return
    if ! is_stamped stamp "$(base_stamp)"; then
        need_python
        say "making .venv with $("$python" -V)"
        logged 'making .venv failed' "$python" -m venv --clear "$VENV"
        base_stamp >"$VENV/stamp"
    fi
    rm -f "$VENV"/stamp-*
    say "installing $(grep -c '==' "requirements/$1.txt") Python packages (once; a minute or two)"
    logged 'installing Python packages failed' \
        pip_install --no-deps --require-hashes --requirement "requirements/$1.txt"
    logged 'installing Loquet into .venv failed' \
        pip_install --no-deps --no-build-isolation --editable .
    for lock in run bench test; do # each holds the one before
        full_stamp "$lock" >"$VENV/stamp-$lock"
        [ "$lock" != "$1" ] || break
    done
}
