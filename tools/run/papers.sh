# What goes with the packages of a release: sources, what is in them, licences, where they come
# from, sums, a signature.

# setuptools' sdist, packed again: its own has the times of this minute.
make_sdist() {
    say "making the sdist of $VERSION"
    made=$WORK/sdist
    logged 'making the sdist failed' sh -c "cd '$TREE' && '$VENV/bin/python' -c \
        'from setuptools import build_meta; build_meta.build_sdist(\"$made\")'"
    rm -rf "$TREE"/*.egg-info
    for archive in "$made"/*.tar.gz; do
        name=${archive##*/}
        tar -xf "$archive" -C "$made"
        tar -c --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner \
            --mode=go=rX,u+rw -C "$made" "${name%.tar.gz}" | gzip -n9 >"$DIST/$name"
    done
}

# One for each package, from the lock that it is made of: names, versions, hashes, licences apart.
make_sboms() {
    tools=$CACHE/release
    if [ ! -e "$tools/made-of" ] || ! cmp -s requirements/release.txt "$tools/made-of"; then
        say 'installing what makes an SBOM'
        logged 'installing what makes an SBOM failed' "$VENV/bin/python" -m venv --clear "$tools"
        logged 'installing what makes an SBOM failed' "$tools/bin/python" -m pip --quiet --no-input \
            --disable-pip-version-check install --no-deps --require-hashes -r requirements/release.txt
        cp requirements/release.txt "$tools/made-of"
    fi
    for package in controller agent; do
        (cd "$TREE" && logged "making the SBOM of loquet-$package failed" \
            "$tools/bin/cyclonedx-py" requirements --output-reproducible --pyproject pyproject.toml \
            --mc-type application --output-file "$DIST/loquet-$package.cdx.json" \
            "requirements/deb-$package.txt") || exit 1
    done
}

# What the libraries' licences say, and what the files of a release are made of and how.
make_licences_and_provenance() {
    say 'collecting the licences of the libraries'
    logged 'collecting the licences failed' "$VENV/bin/python" -m tools.licences \
        "$TREE" "$WHEELS" "$DIST/loquet-licences.txt"
    cp "$TREE/webui/documentation/site/loquet-source.tar.gz" "$DIST/loquet-$VERSION-source.tar.gz"
    logged 'writing the provenance failed' "$VENV/bin/python" -m tools.provenance \
        "$TREE" "$DIST" "$(git rev-parse HEAD)" "$VERSION"
}

# sum_and_sign KEY: who has the public key checks with
#   ssh-keygen -Y verify -f ALLOWED -I loquet -n loquet-release -s SHA256SUMS.sig <SHA256SUMS
sum_and_sign() {
    (cd "$DIST" && rm -f SHA256SUMS SHA256SUMS.sig && LC_ALL=C && sha256sum loquet* >SHA256SUMS)
    logged 'signing failed' ssh-keygen -Y sign -f "$1" -n loquet-release "$DIST/SHA256SUMS"
    cat "$DIST/SHA256SUMS"
}
