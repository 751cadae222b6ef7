# ./run sbom              what is in the packages: an SBOM (CycloneDX) for each, into dist

. "$ROOT/tools/run/packages.sh"
. "$ROOT/tools/run/papers.sh"
set_up run
export_tree
make_sboms
