# What makes wheel and Debian packages of the last commit: `./run package` and `./run release`.
# The same commit gives the same bytes, in whatever folder and whenever. LOQUET_DIST names another
# folder than dist for them.

need_debhelper() {
    [ -x /usr/bin/python3.13 ] || die 'packages are made on Debian 13: there is no /usr/bin/python3.13'
    [ -x /usr/bin/dh ] && return
    { is_root && has_apt; } || die 'debhelper is missing: as root, apt install debhelper'
    apt_install debhelper
}

# The version of pyproject.toml; of a commit that has no tag of it, with what tells it apart.
version_of_commit() {
    version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$TREE/pyproject.toml")
    if git describe --exact-match --match "v$version" HEAD >/dev/null 2>&1; then
        echo "$version"
    else
        echo "$version+git$SOURCE_DATE_EPOCH.$(git rev-parse --short=8 HEAD)"
    fi
}

# The last commit in a folder of its own, and the time of all that is made of it.
export_tree() {
    DIST=${LOQUET_DIST:-$ROOT/dist}
    WORK=$DIST/.work
    TREE=$WORK/tree WHEELS=$CACHE/wheelhouse
    PIP="$VENV/bin/python -m pip --python /usr/bin/python3.13 --no-input --disable-pip-version-check"
    SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) || die 'packages are made of a commit: this is no git clone'
    export TREE WHEELS PIP SOURCE_DATE_EPOCH
    export PYTHONHASHSEED=0 PIP_CONFIG_FILE="${PIP_CONFIG_FILE:-}" TZ=UTC LC_ALL=C.UTF-8
    [ -z "$(git status --porcelain)" ] || say 'what is not committed is not in the packages'
    umask 022
    rm -rf "$WORK"
    mkdir -p "$TREE" "$WHEELS"
    git archive HEAD | tar -x -C "$TREE"
    VERSION=$(version_of_commit)
}

# The documentation that the controller serves at /docs belongs to the wheel.
make_docs() {
    say 'making the documentation'
    logged 'making the documentation failed' "$VENV/bin/python" -m tools.docs_site.make \
        "$TREE/webui/documentation/site" "$TREE"
    make_source
}

# The source, which the controller offers at /source; without pictures of pages.
make_source() {
    tar -c --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner \
        --mode=go=rX,u+rw --exclude=./docs/pictures --exclude=./webui/documentation/site \
        --transform="s,^\\.,loquet-$VERSION," -C "$TREE" . |
        gzip -n9 >"$WORK/source.tar.gz"
    mv "$WORK/source.tar.gz" "$TREE/webui/documentation/site/loquet-source.tar.gz"
}

# Our own wheel, into the wheelhouse and dist.
make_wheel() {
    make_docs
    say "making the wheel of $VERSION"
    rm -rf "$WHEELS/ours"
    logged 'making the wheel failed' sh -c "cd '$TREE' && '$VENV/bin/python' -m pip --disable-pip-version-check \
        wheel --quiet --no-deps --no-build-isolation --wheel-dir '$WHEELS/ours' ."
    rm -rf "$TREE/build" "$TREE"/*.egg-info
    cp "$WHEELS"/ours/*.whl "$DIST"
}

# fetch_wheels ARCHITECTURE: the libraries, by their hashes; what is there already is not fetched.
fetch_wheels() {
    . "$TREE/packaging/wheels.sh"
    for package in controller agent; do
        say "fetching the libraries of loquet-$package for $1"
        # shellcheck disable=SC2046,SC2086 # lists of words
        logged "fetching the libraries of loquet-$package failed" $PIP download --quiet --no-deps \
            --require-hashes $(for_architecture "$1") --find-links "$WHEELS/$package-$1" \
            --dest "$WHEELS/$package-$1" --requirement "$TREE/requirements/deb-$package.txt"
    done
}

# make_packages ARCHITECTURE: without a network from here on.
make_packages() {
    say "making the packages for $1"
    build=$WORK/$1/loquet
    mkdir -p "$build"
    cp -r "$TREE/packaging/debian" "$build"
    cat >"$build/debian/changelog" <<TEXT
loquet ($VERSION) stable; urgency=medium

  * CHANGELOG.md says what is new.

 -- Loquet developers <loquet@example.org>  $(date -u -R -d "@$SOURCE_DATE_EPOCH")
TEXT
    logged "making the packages for $1 failed" sh -c "cd '$build' && exec \
        dpkg-buildpackage --build=binary --no-check-builddeps --no-sign --host-arch='$1'"
    cp "$WORK/$1"/*.deb "$DIST"
    ls -1 "$DIST"/*"_$1.deb"
}
