# The programs that Loquet and its tests run, each brought here when it is missing.

need_mosquitto() {
    if [ -n "${LOQUET_MOSQUITTO:-}" ]; then
        [ -x "$LOQUET_MOSQUITTO" ] || die "LOQUET_MOSQUITTO=$LOQUET_MOSQUITTO is no program; unset it"
        return
    fi
    was_there=yes
    find_program mosquitto >/dev/null || was_there=no
    need mosquitto usr/sbin/mosquitto \
        || die 'Mosquitto is missing: install it (2.0 or newer), or set LOQUET_MOSQUITTO to its path'
    # The package enables a broker on port 1883 for the next boot. Nobody asked for that one.
    if [ "$was_there" = no ] && is_root; then
        DPKG_MAINTSCRIPT_PACKAGE=mosquitto deb-systemd-helper disable mosquitto.service || true
        systemctl stop mosquitto.service || true
    fi >/dev/null 2>&1
    export LOQUET_MOSQUITTO="$program"
}

# The libraries with which PDF is made: WeasyPrint calls them. Without them all else works.
PANGO='libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0'

need_pango() {
    for found in /usr/lib/*/libpangoft2-1.0.so.0 /usr/lib64/libpangoft2-1.0.so.0; do
        [ ! -e "$found" ] || return 0
    done
    if has_apt && is_root; then
        # shellcheck disable=SC2086 # a list of words
        apt_install $PANGO
        return
    fi
    if [ ! -d "$CACHE/libpango-1.0-0" ]; then
        has_apt || { say "missing: $PANGO: documents can't be printed as PDF"; return 0; }
        # shellcheck disable=SC2086 # a list of words
        apt_unpack $PANGO
        # Without a font that it finds, Pango crashes: they lie beside its libraries.
        unpacked=$CACHE/libpango-1.0-0
        sed -i "s,<dir>/usr/share/fonts</dir>,<dir>$unpacked/usr/share/fonts</dir>&," "$unpacked/etc/fonts/fonts.conf"
    fi
    for found in "$CACHE"/libpango-1.0-0/usr/lib/*-linux-gnu*; do
        export LOQUET_PANGO="$found"
    done
    [ ! -d "$CACHE/libpango-1.0-0/etc/fonts" ] || export FONTCONFIG_PATH="$CACHE/libpango-1.0-0/etc/fonts"
}

# What builds the firmware and runs it on a simulated CPU, the voice, what reads units, Valkey, whose
# server is the same program as valkey-check-rdb (valkey-server would start one of its own), the
# front door with what makes Chromium trust it, what documents show to ask it with, and what Moonraker
# signs with: FILE:PACKAGE.
TOOLS='bin/gcc:gcc include/stdlib.h:libc6-dev bin/make:make bin/avr-gcc:gcc-avr
    lib/avr/include/avr/io.h:avr-libc include/simavr/sim_avr.h:libsimavr-dev
    include/libelf.h:libelf-dev bin/cppcheck:cppcheck bin/espeak-ng:espeak-ng
    bin/valkey-check-rdb:valkey-tools bin/faketime:faketime bin/promtool:promtool
    bin/restic:restic bin/age:age sbin/nginx:nginx-light bin/certutil:libnss3-tools
    bin/systemd-analyze:systemd bin/groff:groff-base bin/curl:curl lib/*/libsodium.so.23:libsodium23'

need_tools() {
    missing=
    for tool in $TOOLS; do
        # shellcheck disable=SC2086 # the folder of a library is named after the processor
        set -- /usr/${tool%%:*}
        [ -e "$1" ] || missing="$missing ${tool#*:}"
    done
    [ -n "$missing" ] || return 0
    if is_root && has_apt; then
        # shellcheck disable=SC2086 # a list of words
        apt_install $missing
    else
        say "missing:$missing: the tests that need them will be reported as skipped"
    fi
}

# Chromium, without windows where that can be had: it takes half the work for the same pages.
need_browser() {
    [ -n "${LOQUET_CHROMIUM:-}" ] && return
    for browser in chromium-headless-shell chromium; do
        # Playwright's own Node.js needs libatomic1, which Chromium does not bring.
        (need "$browser" "usr/lib/chromium/$browser" libatomic1) || continue
        need "$browser" "usr/lib/chromium/$browser"
        export LOQUET_CHROMIUM="$program"
        [ "$program" = "$CACHE/bin/$browser" ] || return 0
        write_wrapper node "$browser" '../.venv/lib/python3*/site-packages/playwright/driver/node'
        export PLAYWRIGHT_NODEJS_PATH="$CACHE/bin/node"
        return
    done
    say 'Chromium is missing: what needs it will say so'
}

# A test whose program can't be had is reported as skipped, by name; CI allows no skip.
need_test_programs() {
    need_tools
    need_browser
}
