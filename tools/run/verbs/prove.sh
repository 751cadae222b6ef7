# ./run prove --long      the proofs that take too long for CI (tests/proofs), one after the other
# ./run prove -k WORD     those whose name has the word

set_up test need_test_programs
case ${1:-} in --long) shift ;; esac
exec pytest --long -s --timeout 3600 --durations 0 tests/proofs "$@"
