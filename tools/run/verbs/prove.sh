# ./run prove             breaks each promise of docs/promises.md in a copy, and expects its test to fail
# ./run prove WORD        those that have the word in them
# ./run prove --long      the proofs that take too long for CI, one after the other

set_up test need_test_programs
if [ "${1:-}" = --long ]; then
    exec pytest -s --timeout 3600 --durations 0 -m long "$@" tests
fi
exec "$VENV/bin/python" -m tools.promises prove "$@"
