# ./run package [ARCHITECTURE...]  Debian packages of the last commit, into dist (amd64 and arm64)

. "$ROOT/tools/run/packages.sh"
set_up run
need_debhelper
[ $# -gt 0 ] || set -- amd64 arm64
export_tree
make_wheel
for architecture in "$@"; do
    fetch_wheels "$architecture"
    make_packages "$architecture"
done
