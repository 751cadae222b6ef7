# ./run bench [NAME...]   measure, beside the floor, as a table (--json FILE for a list)

# Chromium is large, and one row needs it.
case "$*" in
    '' | --json* | *live_weight* | *first_paint*) set_up bench need_browser ;;
    *) set_up bench ;;
esac
exec loquet bench "$@"
