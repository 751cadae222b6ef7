# ./run fresh             the demo, from an empty database

set_up run
rm -rf "$ROOT/var/demo"
exec loquet demo "$@"
