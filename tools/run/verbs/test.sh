# ./run test              the whole test suite, and how much of the rules it covers
# ./run test --quick      the unit tests alone, in less than a minute
# ./run test ARGS         what pytest makes of them: a path, -k WORD

# More workers than cores: many tests wait for what another process does.
workers=${LOQUET_TEST_WORKERS:-$(($(nproc) * 3))}
# Unit tests wait for nobody, and each worker takes ten seconds of a core to know all tests.
computing=${LOQUET_TEST_WORKERS:-$(nproc)}

# Compile the tests once, in two halves, before each worker does it for itself.
compile_tests() {
    ls "$CACHE/bytecode$ROOT/tests"/conftest.*pytest* >/dev/null 2>&1 && return
    for half in 'test_[!a-m]*.py' 'test_[!n-z]*.py'; do
        pytest --collect-only --quiet --numprocesses 0 --override-ini "python_files=$half" \
            >/dev/null 2>&1 &
    done
    wait
}

case ${1:-} in
    --quick)
        shift
        set_up test
        compile_tests
        exec pytest --quick --numprocesses "$computing" --durations 20 "$@"
        ;;
    '')
        set_up test need_test_programs
        rm -f "$ROOT"/.coverage "$ROOT"/.coverage.*
        compile_tests
        exec pytest --whole --numprocesses "$workers" --durations 20
        ;;
    *)
        set_up test need_test_programs
        exec pytest --durations 20 "$@"
        ;;
esac
