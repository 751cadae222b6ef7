# ./run prove             breaks each promise of docs/promises.md in a copy, and expects its test to fail
# ./run prove WORD        those that have the word in them
# ./run prove --long      the proofs that take too long for CI, one after the other

need_proof_programs() {
    need_test_programs
    find_program soffice >/dev/null || ! is_root || ! has_apt || apt_install libreoffice-calc-nogui
    find_program pebble >/dev/null || ! is_root || ! has_apt || apt_install pebble certbot rsyslog rsyslog-openssl
    [ -x /usr/lib/openssh/sftp-server ] || ! is_root || ! has_apt || apt_install openssh-sftp-server
    find_program debootstrap >/dev/null || ! is_root || ! has_apt || apt_install debootstrap
    find_program qemu-aarch64-static >/dev/null || ! is_root || ! has_apt || apt_install qemu-user-static
    find_program podman-compose >/dev/null || ! is_root || ! has_apt \
        || apt_install mmdebstrap podman podman-compose runc nftables aardvark-dns
    need sslscan usr/bin/sslscan && export LOQUET_SSLSCAN="$program" && return
    say 'missing: sslscan: the proof that needs it will be reported as skipped'
}

if [ "${1:-}" = --long ]; then
    set_up test need_proof_programs
    exec pytest -s --timeout 3600 --durations 0 -m "long or again" "$@" tests
fi
set_up test need_test_programs
exec "$VENV/bin/python" -m tools.promises prove "$@"
