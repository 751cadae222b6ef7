# ./run image [NAME...]   container images (OCI) of the last commit, into dist: controller, broker

. "$ROOT/tools/run/packages.sh"
. "$ROOT/tools/run/papers.sh"
set_up run
[ $# -gt 0 ] || set -- controller broker
need mmdebstrap usr/bin/mmdebstrap || die 'mmdebstrap is missing: apt install mmdebstrap'
export_tree
for name in "$@"; do
    if [ "$name" = controller ]; then
        if [ ! -e "$DIST/loquet-controller_${VERSION}_amd64.deb" ]; then
            need_debhelper
            make_wheel
            fetch_wheels amd64
            make_packages amd64
        fi
        make_sboms
    fi
    say "making the image $name"
    (cd "$TREE" && exec "$VENV/bin/python" -m tools.images "$name" \
        --architecture amd64 --version "$VERSION" --into "$DIST")
done
