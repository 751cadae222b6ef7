# ./run release --key FILE     sources, wheel, packages, SBOM, licences, provenance, sums, signed with an SSH key; into dist

. "$ROOT/tools/run/packages.sh"
. "$ROOT/tools/run/papers.sh"
case ${1:-}:$# in
    --key:2) key=$2 ;;
    *) say 'name the key that signs: ./run release --key FILE (ssh-keygen -t ed25519 makes one)' && exit 2 ;;
esac
[ -r "$key" ] || die "$key: there is no such key"
[ -z "$(git status --porcelain)" ] || die 'there are changes that are not committed: a release is a commit'
[ -x /usr/bin/ssh-keygen ] || die 'ssh-keygen is missing: apt install openssh-client'
set_up run
need_debhelper
export_tree
rm -f "$DIST"/loquet*
make_wheel
make_sdist
make_sboms
for architecture in amd64 arm64; do
    fetch_wheels "$architecture"
    make_packages "$architecture"
done
make_licences_and_provenance
sum_and_sign "$key"
