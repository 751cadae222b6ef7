# Programs from Debian's packages: installed as root, else unpacked into .cache.

is_root() { [ "$(id -u)" = 0 ]; }
has_apt() { command -v apt-get >/dev/null 2>&1; }

# Prints the path of a program, in the sbin folders too, which an ordinary user's PATH lacks.
find_program() {
    for found in "$(command -v "$1" 2>/dev/null || true)" "/usr/sbin/$1" "/usr/bin/$1"; do
        [ -n "$found" ] && [ -x "$found" ] && printf '%s\n' "$found" && return
    done
    return 1
}

# As root: installs packages without starting the services that they bring.
apt_install() {
    if [ -z "${apt_is_fresh:-}" ]; then
        say "reading Debian's package lists"
        logged 'apt-get update failed; is there a network?' apt-get -q update
        apt_is_fresh=yes
    fi
    say "installing $*"
    policy=/usr/sbin/policy-rc.d
    made_policy=
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy" && made_policy=yes
        trap 'rm -f "$policy"' EXIT
        trap 'exit 130' INT TERM
    fi
    logged "installing $* failed" env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -y --no-install-recommends install "$@"
    if [ -n "$made_policy" ]; then
        rm -f "$policy"
        trap - EXIT INT TERM
    fi
}

# Without root: unpacks packages, and those that they lack here, into .cache/NAME, NAME being the
# first. Lists and downloads stay in folders of our own: the system's may be empty, old or not ours.
apt_unpack() {
    name=$1
    wanted=$*
    work=$CACHE/apt
    mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/debs"
    set -- -q -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work" -o Debug::NoLocking=1
    say "reading Debian's package lists, into .cache"
    logged 'apt-get update failed; is there a network?' apt-get "$@" update
    say "unpacking $wanted into .cache"
    # shellcheck disable=SC2086 # a list of words
    logged "finding the packages that $name needs failed" \
        apt-get "$@" -s --no-install-recommends install $wanted
    # Never another libc: the loader that is running belongs to the one installed.
    packages=$(sed -n 's/^Inst \([^ ]*\).*/\1/p' "$LOG" | grep -vx 'libc6' | sort -u)
    # shellcheck disable=SC2086 # a list of words
    (cd "$work/debs" && logged "downloading $name failed" apt-get "$@" download $packages) || exit 1
    rm -rf "$CACHE/$name.new" "${CACHE:?}/$name"
    for deb in "$work"/debs/*.deb; do
        logged "unpacking $deb failed" dpkg -x "$deb" "$CACHE/$name.new"
    done
    mv "$CACHE/$name.new" "$CACHE/$name"
    rm -rf "$work"
}

# write_wrapper NAME PACKAGE PATH: makes .cache/bin/NAME, which starts the program at PATH below
# .cache with the libraries unpacked with PACKAGE. It finds them from its own place, so that the
# tree may be moved.
write_wrapper() {
    mkdir -p "$CACHE/bin"
    cat >"$CACHE/bin/$1.new" <<TEXT
#!/bin/sh
cache=\$(cd "\$(dirname "\$0")/.." && pwd -P)
for folder in "\$cache/$2"/usr/lib/*-linux-gnu* "\$cache/$2"/usr/lib/*-linux-gnu*/pulseaudio; do
    [ -d "\$folder" ] && LD_LIBRARY_PATH=\$folder\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}
done
export LD_LIBRARY_PATH
if [ -d "\$cache/$2/etc/fonts" ]; then
    export FONTCONFIG_PATH="\$cache/$2/etc/fonts" XDG_DATA_HOME="\$cache/$2/usr/share"
fi
exec "\$cache"/$3 "\$@"
TEXT
    chmod 755 "$CACHE/bin/$1.new"
    mv "$CACHE/bin/$1.new" "$CACHE/bin/$1"
}

# need PACKAGE PATH-IN-PACKAGE [MORE PACKAGES]: sets $program to the path of the program that has
# the package's name, and brings it here if it must. Fails when it can't be had.
need() {
    program=$(find_program "$1") && return
    program=$CACHE/bin/$1
    [ -x "$program" ] && [ -e "$CACHE/$1/$2" ] && return
    has_apt || return 1
    name=$1
    path=$2
    shift 2
    if is_root; then
        apt_install "$name" "$@"
        program=$(find_program "$name")
    else
        apt_unpack "$name" "$@"
        write_wrapper "$name" "$name" "$name/$path"
    fi
}
