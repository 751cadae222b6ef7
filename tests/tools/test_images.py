"""What `./run image` decides, without making anything: tests/proofs/test_images.py makes them."""

import gzip
import json
import re
import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.tree import ROOT
from tools import images
from tools.images import IMAGES, PLACE, USER

MADE_AT = 1_700_000_000
STATUS = """\
Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.41-12+deb13u1
Description: GNU C Library
 of many lines

Package: loquet-controller
Status: install ok installed
Architecture: amd64
Version: 0.2.0
"""
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "packaging/compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]


def layout_of(name: str) -> images.Layout:
    return images.layout_of(name, "amd64", "0.2.0+git1.abc", MADE_AT, b"a root folder")


def described(layout: images.Layout) -> dict[str, Any]:
    """The image's entry in the index."""
    (entry,) = json.loads(layout.files["index.json"])["manifests"]
    return dict(entry)


def blob(layout: images.Layout, digest: str) -> bytes:
    return layout.files[f"blobs/{digest.replace(':', '/')}"]


def test_the_controllers_packages_are_those_that_its_package_needs() -> None:
    control = (ROOT / "packaging/debian/control").read_text()
    (depends, *_) = re.findall(r"^Depends: \$\{misc:Depends\}, (.*(?:\n .*)*)", control, re.M)
    of_debhelper = "systemd | systemd-standalone-sysusers | systemd-sysusers"
    found = images.packages_of(f"{of_debhelper}, {depends}")
    assert {"python3", "mosquitto", "nginx", "libpango-1.0-0"} <= set(found)
    assert "systemd-standalone-sysusers" in found
    assert "systemd" not in found
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9.+-]+", name) for name in found)


@pytest.mark.parametrize("name", IMAGES)
def test_nothing_names_a_registry_or_an_address_of_packages(name: str) -> None:
    command = images.root_command(IMAGES[name], "amd64", Path("root.tar"), None)
    assert "://" not in " ".join(command)
    assert images.reference(name).split("/")[0] == "localhost"


@pytest.mark.parametrize("name", IMAGES)
def test_it_is_run_by_a_user_without_rights_and_says_whether_it_serves(name: str) -> None:
    made = images.config(name, "amd64", MADE_AT, "sha256:0")
    assert made["created"] == "2023-11-14T22:13:20Z"
    assert made["config"]["User"] == f"{USER}:{USER}"
    assert made["config"]["Volumes"] == {PLACE: {}}
    assert made["config"]["Healthcheck"]["Test"] == ["CMD-SHELL", IMAGES[name].health]


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_is_what_its_digests_say_and_its_tag_names_one(name: str) -> None:
    layout = layout_of(name)
    for path, data in layout.files.items():
        if path.startswith("blobs/"):
            assert images.digest_of(data) == path.removeprefix("blobs/").replace("/", ":")
    entry = described(layout)
    tagged = entry["annotations"]["org.opencontainers.image.ref.name"]
    assert tagged == f"localhost/loquet-{name}:0.2.0-git1.abc"
    manifest = json.loads(blob(layout, entry["digest"]))
    config = json.loads(blob(layout, manifest["config"]["digest"]))
    (layer,) = manifest["layers"]
    root = gzip.decompress(blob(layout, layer["digest"]))
    assert config["rootfs"]["diff_ids"] == [images.digest_of(root)]


def test_the_same_root_gives_the_same_archive(tmp_path: Path) -> None:
    for file in ("one.tar", "two.tar"):
        layout_of("broker").write(tmp_path / file)
    assert (tmp_path / "one.tar").read_bytes() == (tmp_path / "two.tar").read_bytes()
    with tarfile.open(tmp_path / "one.tar") as archive:
        assert {"oci-layout", "index.json"} < set(archive.getnames())


def test_scripts_of_packages_see_nothing_of_this_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", "/somewhere")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(MADE_AT))
    seen = images.environment()
    assert "PYTHONPYCACHEPREFIX" not in seen
    assert seen["SOURCE_DATE_EPOCH"] == str(MADE_AT)


def test_the_bill_lists_debian_packages_and_libraries() -> None:
    made = images.bill("controller", "0.2.0", STATUS, {"components": [{"name": "flask"}]})
    assert [part["name"] for part in made["components"]] == ["libc6", "loquet-controller", "flask"]
    urls = [part.get("purl", "") for part in made["components"]]
    assert urls[0] == "pkg:deb/debian/libc6@2.41-12%2Bdeb13u1?arch=amd64&distro=trixie"
    assert urls[1].startswith("pkg:deb/loquet/loquet-controller@0.2.0?")


def test_the_note_for_compose_has_digests_and_one_line_for_each_image(tmp_path: Path) -> None:
    file = tmp_path / "images.env"
    for name, digest in (("controller", "1"), ("broker", "2"), ("controller", "3")):
        images.note(file, name, f"sha256:{digest}")
    assert file.read_text() == (
        "LOQUET_BROKER=localhost/loquet-broker@sha256:2\n"
        "LOQUET_CONTROLLER=localhost/loquet-controller@sha256:3\n"
    )


@pytest.mark.parametrize("service", SERVICES)
def test_compose_takes_our_images_alone_and_gives_them_no_rights(service: str) -> None:
    said = SERVICES[service]
    assert said["image"] in {f"${{LOQUET_{name.upper()}}}" for name in IMAGES}
    assert said["pull_policy"] == "never"
    assert (said["user"], said["read_only"]) == (f"{USER}:{USER}", True)
    assert said["cap_drop"] == ["ALL"]
    assert said["security_opt"] == ["no-new-privileges:true"]
    assert [volume.split(":")[1] for volume in said["volumes"]] == [PLACE]


@pytest.mark.parametrize("name", IMAGES)
def test_compose_asks_after_health_as_the_image_does(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"] == ["CMD-SHELL", IMAGES[name].health]


def test_compose_opens_the_ports_of_the_images() -> None:
    opened = {int(port.split(":")[1]) for port in SERVICES["computer"]["ports"]}
    assert opened == {port for image in IMAGES.values() for port in image.ports}


@pytest.mark.parametrize("service", ["computer", "broker", "controller", "front"])
def test_the_units_for_podman_say_what_compose_says(service: str) -> None:
    unit = (ROOT / f"packaging/quadlets/loquet-{service}.container").read_text().splitlines()
    said = SERVICES[service]
    strict = {"ReadOnly=true", "DropCapability=ALL", "NoNewPrivileges=true", "Pull=never"}
    assert {f"User={USER}", "Volume=loquet.volume:/place", *strict} <= set(unit)
    assert f"Image={said['image']}" in unit
    assert f"ContainerName={said['container_name']}" in unit
    assert [f"PublishPort={port}" for port in said.get("ports", [])] == [
        line for line in unit if line.startswith("PublishPort=")
    ]
    health = [f"HealthCmd={IMAGES[service].health}"] if service in IMAGES else []
    assert [line for line in unit if line.startswith("HealthCmd=")] == health
