# ./run prove --long      the proofs that take too long for CI, one after the other

[ "${1:-}" = --long ] || { say 'the proofs so far are long: ./run prove --long [-k WORD]'; exit 2; }
set_up test need_test_programs
exec pytest -s --timeout 3600 --durations 0 -m long "$@" tests
