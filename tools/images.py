"""Container images from Debian packages and our own: what is in each, and the OCI archive of it.

The same commit and the same versions of the packages give the same bytes. Nothing is fetched but
Debian packages; `./run image` calls this.
"""

import argparse
import gzip
import hashlib
import io
import json
import os
import re
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

SUITE = "trixie"
USER = 10001
"""User and group of all that runs in an image; of the volume's files too."""
PLACE = "/place"
"""The volume: the root folder of a computer, for `loquet setup controller --root`."""
LINKED = ("etc/loquet", "var/lib/loquet", "var/lib/loquet-root")
"""Folders of a controller that lie in the volume, so that commands need no --config."""
INSTEAD = {"systemd": "systemd-standalone-sysusers"}
"""For a dependency with alternatives, the one that an image needs."""
LEFT_OUT = ("doc/*", "man/*", "info/*", "locale/*", "lintian/*")
"""Below /usr/share, what nobody reads in a container; licences stay."""
KEPT = ("PATH", "SOURCE_DATE_EPOCH", "http_proxy", "https_proxy", "no_proxy")
"""Of the environment; a proxy leads to the packages."""
_OCI = "application/vnd.oci.image"
_SECOND = 1_000_000_000


@dataclass(frozen=True)
class Image:
    """What one image adds to Debian's essential packages, and how it is run."""

    packages: tuple[str, ...]
    command: tuple[str, ...]
    health: str
    """A command for sh that fails while it can't serve."""
    volume: str
    ports: tuple[int, ...]
    own: str | None = None
    """Our own package in it."""


def _listens(port: int) -> str:
    """Ask the kernel: a connection would stand in the log."""
    return f"grep -qE ':{port:04X} [0-9A-F:]+ 0A ' /proc/net/tcp /proc/net/tcp6"


_ASK = "import urllib.request as web; web.urlopen('http://127.0.0.1:8000/health/ready', timeout=9)"
IMAGES = {
    "controller": Image(
        packages=("restic",),
        command=("loquet", "serve"),
        # With no quote at the end, which quadlets lose.
        health=f'/usr/lib/loquet/controller/bin/python3 -Ic "{_ASK}" || exit 1',
        volume=PLACE,
        ports=(80, 443, 8885),
        own="loquet-controller",
    ),
    "broker": Image(
        packages=("mosquitto",),
        command=("mosquitto", "-c", f"{PLACE}/var/lib/loquet/var/broker/mosquitto.conf"),
        health=_listens(8883),
        volume=PLACE,
        ports=(8883,),
    ),
}


def reference(name: str) -> str:
    """An image's name where it is loaded: no registry has it."""
    return f"localhost/loquet-{name}"


def tag(version: str) -> str:
    """A version as a tag, which may have no `+`."""
    return version.replace("+", "-")


def packages_of(depends: str) -> list[str]:
    """The packages of a Depends field, without versions, each with one alternative."""
    first = [group.split("|")[0].split("(")[0].strip() for group in depends.split(",")]
    return sorted({INSTEAD.get(name, name) for name in first})


def config(name: str, architecture: str, made_at: int, layer: str) -> dict[str, Any]:
    """The image's configuration; `layer` is the digest of the unpacked layer."""
    image = IMAGES[name]
    when = datetime.fromtimestamp(made_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "created": when,
        "architecture": architecture,
        "os": "linux",
        "config": {
            "User": f"{USER}:{USER}",
            "ExposedPorts": {f"{port}/tcp": {} for port in image.ports},
            "Env": ["PATH=/usr/local/bin:/usr/sbin:/usr/bin", "LANG=C.UTF-8"],
            "Cmd": list(image.command),
            "Volumes": {image.volume: {}},
            "WorkingDir": "/",
            "StopSignal": "SIGTERM",
            # Docker knows it; Podman takes one from the command line or a unit alone.
            "Healthcheck": {
                "Test": ["CMD-SHELL", image.health],
                "Interval": 30 * _SECOND,
                "Timeout": 10 * _SECOND,
                "StartPeriod": 60 * _SECOND,
            },
        },
        "rootfs": {"type": "layers", "diff_ids": [layer]},
        "history": [{"created": when, "created_by": f"./run image {name}"}],
    }


def root_command(image: Image, architecture: str, root: Path, own: Path | None) -> list[str]:
    """The call of mmdebstrap that makes the layer."""
    packages = list(image.packages)
    words = ["mmdebstrap", "--quiet", "--variant=essential", f"--architectures={architecture}"]
    words += [f"--dpkgopt=path-exclude=/usr/share/{path}" for path in LEFT_OUT]
    words += ["--dpkgopt=path-include=/usr/share/doc/*/copyright"]
    nologin = f"loquet:x:{USER}:{USER}::{image.volume}:/usr/sbin/nologin"
    hooks = [f'echo {nologin} >>"$1/etc/passwd"', f'echo loquet:x:{USER}: >>"$1/etc/group"']
    if own:
        packages += packages_of(_field(own, "Depends"))
        hooks += [
            f"upload {own} /own.deb",
            'chroot "$1" dpkg --install /own.deb >/dev/null && rm "$1/own.deb"',
            *(f'rm -rf "$1/{path}" && ln -s {PLACE}/{path} "$1/{path}"' for path in LINKED),
        ]
    hooks += [
        f'install -d -o {USER} -g {USER} -m 700 "$1{image.volume}"',
        # There is no apt in it; logs and caches tell how it was made.
        'rm -rf "$1/etc/apt" "$1"/var/log/* "$1"/var/cache/* "$1"/etc/*-',
        'find "$1/usr/share" -name __pycache__ -prune -exec rm -rf {} +',
    ]
    words += [f"--customize-hook={hook}" for hook in hooks]
    return [*words, f"--include={','.join(packages)}", SUITE, str(root)]


def environment() -> dict[str, str]:
    """What the packages' scripts see: nothing that differs from one computer to the next."""
    kept = {key: os.environ[key] for key in KEPT if key in os.environ}
    return {**kept, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _field(package: Path, name: str) -> str:
    return subprocess.run(
        ["dpkg-deb", "--field", package, name], capture_output=True, text=True, check=True
    ).stdout.strip()


class Layout:
    """The files of an OCI image layout, kept by their digests."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}'}

    def add(self, kind: str, data: bytes, **more: Any) -> dict[str, Any]:
        """Keep a blob; its descriptor."""
        digest = digest_of(data)
        self.files[f"blobs/{digest.replace(':', '/')}"] = data
        return {"mediaType": f"{_OCI}.{kind}", "digest": digest, "size": len(data), **more}

    def write(self, file: Path) -> None:
        """As one archive, in the order of names and without times."""
        with tarfile.open(file, "w", format=tarfile.USTAR_FORMAT) as archive:
            for name, data in sorted(self.files.items()):
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode = len(data), 0o644
                archive.addfile(entry, io.BytesIO(data))


def digest_of(data: bytes) -> str:
    """As OCI writes it."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def layout_of(name: str, architecture: str, version: str, made_at: int, root: bytes) -> Layout:
    """An image of one layer."""
    layout = Layout()
    layer = layout.add("layer.v1.tar+gzip", gzip.compress(root, 6, mtime=0))
    settings = config(name, architecture, made_at, digest_of(root))
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{_OCI}.manifest.v1+json",
        "config": layout.add("config.v1+json", _json(settings)),
        "layers": [layer],
    }
    full = f"{reference(name)}:{tag(version)}"
    described = layout.add(
        "manifest.v1+json",
        _json(manifest),
        platform={"architecture": architecture, "os": "linux"},
        annotations={"org.opencontainers.image.ref.name": full, "io.containerd.image.name": full},
    )
    index = {"schemaVersion": 2, "mediaType": f"{_OCI}.index.v1+json", "manifests": [described]}
    layout.files["index.json"] = _json(index)
    return layout


def manifest_digest(layout: Layout) -> str:
    """What names the image for good."""
    found: str = json.loads(layout.files["index.json"])["manifests"][0]["digest"]
    return found


def note(file: Path, name: str, digest: str) -> str:
    """Write which image compose.yaml takes: never a tag, which may come to mean another."""
    before = file.read_text().splitlines() if file.exists() else []
    variable, value = f"LOQUET_{name.upper()}", f"{reference(name)}@{digest}"
    kept = [line for line in before if not line.startswith(f"{variable}=")]
    file.write_text("\n".join(sorted([*kept, f"{variable}={value}"])) + "\n")
    return value


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=1, sort_keys=True).encode()


def bill(name: str, version: str, status: str, libraries: Mapping[str, Any]) -> dict[str, Any]:
    """What is in the image (CycloneDX): Debian packages by dpkg's status, and Python libraries."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {"type": "container", "name": reference(name), "version": version}
        },
        "components": [*_debian(status), *libraries.get("components", [])],
    }


def _debian(status: str) -> Iterator[dict[str, Any]]:
    for entry in status.strip().split("\n\n"):
        fields = dict(re.findall(r"^([A-Z][\w-]*): (.*)$", entry, re.MULTILINE))
        name, version, of = fields["Package"], fields["Version"], fields["Architecture"]
        maker = "loquet" if name.startswith("loquet-") else "debian"
        url = f"pkg:deb/{maker}/{name}@{quote(version, safe='~')}?arch={of}&distro={SUITE}"
        yield {"type": "library", "bom-ref": url, "name": name, "version": version, "purl": url}


def _text(archive: tarfile.TarFile, name: str) -> str:
    found = archive.extractfile(name)
    return found.read().decode() if found else ""


def make(name: str, architecture: str, version: str, into: Path) -> str:
    """Make an image, and what is in it beside it; its name with its digest."""
    image, stem = IMAGES[name], f"{version}_{architecture}"
    own = into / f"{image.own}_{stem}.deb" if image.own else None
    root = into / f".work/{name}.tar"
    root.parent.mkdir(exist_ok=True)
    os.umask(0o022)
    subprocess.run(root_command(image, architecture, root, own), env=environment(), check=True)
    with tarfile.open(root) as system:
        status = _text(system, "./var/lib/dpkg/status")
    made_at = int(os.environ["SOURCE_DATE_EPOCH"])
    layout = layout_of(name, architecture, version, made_at, root.read_bytes())
    root.unlink()
    archive = into / f"loquet-{name}_{stem}.oci.tar"
    layout.write(archive)
    libraries = json.loads((into / f"{image.own}.cdx.json").read_text()) if own else {}
    archive.with_suffix(".cdx.json").write_bytes(_json(bill(name, version, status, libraries)))
    return note(into / "images.env", name, manifest_digest(layout))


def main() -> None:
    """Make one image; prints its name with its digest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=IMAGES)
    parser.add_argument("--architecture", required=True, help="as Debian calls it")
    parser.add_argument("--version", required=True, help="the version that the image is of")
    parser.add_argument("--into", required=True, type=Path, help="folder with our own packages")
    args = parser.parse_args()
    print(make(args.name, args.architecture, args.version, args.into))


if __name__ == "__main__":
    main()
