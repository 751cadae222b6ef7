# Which wheels fit an architecture: Debian 13 has Python 3.13 and glibc 2.41.

for_architecture() {
    case $1 in
        amd64) machine=x86_64 ;;
        arm64) machine=aarch64 ;;
        *) echo "there are no packages for $1: amd64 or arm64" >&2 && return 1 ;;
    esac
    echo "--only-binary :all: --implementation cp --python-version 3.13"
    for glibc in $(seq 5 41); do echo "--platform manylinux_2_${glibc}_$machine"; done
    for name in manylinux2014 manylinux2010 manylinux1 linux; do echo "--platform ${name}_$machine"; done
}
