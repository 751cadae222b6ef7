# ./run bench [NAME...]   measure, beside the floor, as a table (--json FILE for a list)

set_up bench
exec loquet bench "$@"
