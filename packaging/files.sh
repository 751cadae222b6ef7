# files.sh STAGE PACKAGE: units, the command, papers and the configuration to start from, below STAGE.
set -eu
stage=$1 package=$2
home=usr/lib/loquet/$package
papers=usr/share/doc/loquet-$package
units=usr/lib/systemd/system

# The same units as of an installation by hand, at the places of a package.
at_places() {
    sed -e "s,/opt/loquet/.venv/bin/loquet,/$home/bin/loquet,g" -e "s,/opt/loquet/docs,/$papers,g" \
        -e 's,/var/lib/loquet/config.toml,/etc/loquet/config.toml,g' "$1"
}

install -d "$stage/$units" "$stage/$papers" "$stage/usr/share/loquet-$package"
for unit in "$TREE"/systemd/*.service "$TREE"/systemd/*.timer "$TREE"/systemd/*.path; do
    [ -e "$unit" ] || continue
    case $unit in */loquet-agent*) of=agent ;; *) of=controller ;; esac
    [ "$of" != "$package" ] || at_places "$unit" >"$stage/$units/${unit##*/}"
done
at_places "$TREE/packaging/loquet" >"$stage/$home/loquet"
chmod 755 "$stage/$home/loquet"
install -m 644 "$TREE"/docs/*.md "$TREE/README.md" "$TREE/LICENSE" "$stage/$papers"
install -m 644 "$TREE/packaging/README.md" "$stage/$papers/packages.md"
install -m 644 "$TREE/config.toml" "$stage/usr/share/loquet-$package"
# Both may be on one computer, so each has its own; what is in use goes with the command (alternatives).
(cd "$TREE" && python -m tools.man_pages "$package" "$stage/usr/share/loquet-$package/words")
install -d "$stage/usr/share/man/man1"
mv "$stage/usr/share/loquet-$package/words/loquet.1" "$stage/usr/share/man/man1/loquet-$package.1"
if [ "$package" = controller ]; then
    install -d "$stage/usr/share/loquet"
    ln -s ../loquet-controller/config.toml "$stage/usr/share/loquet/config.toml"
    install -D -m 644 "$TREE/packaging/mosquitto.conf" "$stage/$units/mosquitto.service.d/loquet.conf"
fi
