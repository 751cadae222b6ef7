# environment.sh STAGE PACKAGE ARCHITECTURE: lays a Python environment below STAGE, from wheels alone.
# What a virtual environment is (a link to Python, pyvenv.cfg, site-packages) is written here, so
# that one for another architecture is made the same way: nothing of it has to run.
set -eu
stage=$1 package=$2
home=usr/lib/loquet/$package
site=$stage/$home/lib/python3.13/site-packages

mkdir -p "$site" "$stage/$home/bin"
ln -sf /usr/bin/python3.13 "$stage/$home/bin/python3"
# Raspberry Pi OS's lgpio and Debian's spidev have no wheel, so the system's libraries are seen too.
printf 'home = /usr/bin\ninclude-system-site-packages = true\nversion = 3.13\n' >"$stage/$home/pyvenv.cfg"

. "$TREE/packaging/wheels.sh"
# shellcheck disable=SC2086 # lists of words
for what in "--require-hashes --requirement $TREE/requirements/deb-$package.txt" loquet; do
    $PIP install --quiet --no-index --find-links "$WHEELS/$package-$3" --find-links "$WHEELS/ours" \
        --no-deps --no-compile --target "$site" $(for_architecture "$3") $what
done
# An agent serves no documentation.
[ "$package" = controller ] || rm -rf "$site/webui/documentation/site"
# pip's programs name a Python of this computer; ours is written below, no other is called.
rm -rf "$site/bin"
sed -i '\#^\.\./\.\./bin/#d; \#^bin/#d; \#^webui/documentation/site/#d' "$site"/*.dist-info/RECORD
# Drivers in packages of others: docs/adding-a-driver.md.
echo /usr/local/lib/loquet/drivers >"$site/loquet-drivers.pth"

cat >"$stage/$home/bin/loquet" <<TEXT
#!/$home/bin/python3 -I
import sys

from controller.cli import main

sys.exit(main())
TEXT
chmod 755 "$stage/$home/bin/loquet"
find "$stage/$home" -type f -exec chmod a+r,u+w,go-w {} +
/usr/bin/python3.13 -I -m compileall -q -f --invalidation-mode unchecked-hash -s "$stage" -p / "$stage/$home/lib"
