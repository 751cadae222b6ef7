# ./run bench [NAME...]   measure, beside the floor, as a table (--json FILE for a list)

# How long the suite takes is written down by a run that passed: without one it is run first.
case "$*" in
    '' | --json* | *suite_s*)
        if [ ! -f "$CACHE/suite.json" ]; then
            say 'the suite has not passed here yet: running it, a quarter of an hour'
            "$ROOT/run" test >&2 || say 'it did not pass: the row suite_s will say so'
        fi
        ;;
esac
# Chromium is large, and one row needs it.
case "$*" in
    '' | --json* | *live_weight* | *first_paint*) set_up bench need_browser ;;
    *) set_up bench ;;
esac
exec loquet bench "$@"
