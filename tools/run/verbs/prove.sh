# ./run prove --long      the proofs that take too long for CI, one after the other

[ "${1:-}" = --long ] || { say 'the proofs so far are long: ./run prove --long [-k WORD]'; exit 2; }
need_proof_programs() {
    need_test_programs
    find_program soffice >/dev/null || ! is_root || ! has_apt || apt_install libreoffice-calc-nogui
}
set_up test need_proof_programs
exec pytest -s --timeout 3600 --durations 0 -m long "$@" tests
