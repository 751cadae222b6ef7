# ./run test              the whole test suite, and how much of the rules it covers
# ./run test --quick      the unit tests alone, in less than a minute
# ./run test ARGS         what pytest makes of them: a path, -k WORD

# More workers than cores: many tests wait for what another process does.
workers=${LOQUET_TEST_WORKERS:-$(($(nproc) * 3))}
case ${1:-} in
    --quick)
        shift
        set_up test
        exec pytest --quick --numprocesses "$workers" --durations 20 "$@"
        ;;
    '')
        set_up test need_test_programs
        rm -f "$ROOT"/.coverage "$ROOT"/.coverage.*
        exec pytest --whole --numprocesses "$workers" --durations 20
        ;;
    *)
        set_up test need_test_programs
        exec pytest --durations 20 "$@"
        ;;
esac
