"""The image cases: built, imported, loaded, pushed, pulled, tagged, untagged and removed."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

from tests.engine.harness import archives
from tests.engine.harness.registry import CONFIG, LAYER, MANIFEST, MANIFEST_LIST

if TYPE_CHECKING:
    from tests.engine.harness.filling import Filling

BASE = "case/base:1.0"

ODD_LABELS = {
    "html": "<script>alert(1)</script>",
    "unicode": "grüße 漢字 🐳 \u202eright to left",
    "newline": "first\nsecond\ttab",
    "quotes": "a 'b' \"c\" `d` ; -- e",
    "empty": "",
}

_CLASSIC = f"""
FROM {BASE}
LABEL org.opencontainers.image.title="classic" team=blue
ARG BUILD_NO=7
ENV APP_HOME=/srv SECRET_TOKEN=hidden PAIR="a=b c"
EXPOSE 8080/tcp 53/udp
WORKDIR /srv
COPY app.bin /srv/app.bin
RUN echo "build $BUILD_NO" > /srv/build && rm -f /bin/ls
VOLUME /data /logs
HEALTHCHECK --interval=1h --timeout=5s --retries=2 CMD ["/bin/true"]
USER app
STOPSIGNAL SIGINT
ONBUILD RUN echo child
ENTRYPOINT ["/bin/sh", "-c"]
CMD ["sleep 100000"]
"""

_CLASSIC_STAGES = f"""
FROM {BASE} AS maker
RUN echo made > /made
FROM {BASE}
COPY --from=maker /made /made
"""

_BUILDKIT = f"""
FROM {BASE}
LABEL builder=buildkit
COPY app.bin /opt/app.bin
RUN --mount=type=cache,target=/cache echo kept > /cache/kept && echo built > /opt/built
ENV MODE=fast
CMD ["sleep", "100000"]
"""

_BUILDKIT_STAGES = f"""
FROM {BASE} AS left
RUN echo left > /left
FROM {BASE} AS right
RUN echo right > /right
FROM left AS unused
RUN echo unused > /unused
FROM {BASE}
COPY --from=left /left /left
COPY --from=right /right /right
"""

_TEXT_BY_ARGUMENT = f"FROM {BASE}\nARG TEXT\nRUN echo $TEXT > /text\n"
_LONG_NAME = "case/" + "/".join(["deep"] * 20)
_NO_LAYER = "FROM scratch\nLABEL only=metadata\nENV A=b\n"


def make_images(filling: Filling) -> None:
    """Make every image case of the filling."""
    for make in (_imported, _classic, _buildkit, _loaded, _tagged, _pushed, _pulled, _removed):
        make(filling)


def _imported(filling: Filling) -> None:
    change = 'CMD ["sh"]'
    options = ("--message", "a base", "--change", change, "-", BASE)
    filling.docker("import", *options, data=archives.base_layer())
    filling.keep_image("imported", BASE)


def _classic(filling: Filling) -> None:
    files = {"app.bin": b"classic" * 30_000}
    filling.build("case/classic:1", _CLASSIC, files=files)
    filling.keep_image("classic", "case/classic:1")
    filling.build("case/child:1", f"FROM {BASE}\nRUN echo one > /one\nRUN echo two > /two\n")
    filling.keep_image("classic-child", "case/child:1")
    filling.build("case/stages:1", _CLASSIC_STAGES)
    filling.keep_image("classic-stages", "case/stages:1")
    filling.build("case/scratch:1", _NO_LAYER)
    filling.keep_image("no-layers", "case/scratch:1")
    for case, text in (("dangling", "old"), ("rebuilt", "new")):
        filling.build("case/rebuilt:1", _TEXT_BY_ARGUMENT, "--build-arg", f"TEXT={text}")
        filling.keep_image(case, "case/rebuilt:1")


def _buildkit(filling: Filling) -> None:
    files = {"app.bin": b"buildkit" * 20_000}
    filling.build("case/buildkit:1", _BUILDKIT, files=files, buildkit=True)
    filling.keep_image("buildkit", "case/buildkit:1")
    filling.build("case/buildkit-stages:1", _BUILDKIT_STAGES, buildkit=True)
    filling.keep_image("buildkit-stages", "case/buildkit-stages:1")
    filling.build("case/buildkit-scratch:1", _NO_LAYER, buildkit=True)
    filling.keep_image("buildkit-no-layers", "case/buildkit-scratch:1")
    dockerfile = f"FROM {BASE}\nRUN echo cache > /only-in-cache\n"
    filling.build("case/cache-only:1", dockerfile, buildkit=True)
    filling.docker("image", "rm", "case/cache-only:1")


def _loaded(filling: Filling) -> None:
    same = archives.layer({"same/file": b"s" * 5000, "same/link": archives.Link("file")})
    other = archives.layer({"other/file": b"o" * 3000})
    base = archives.base_layer()
    twins = [base, same, other, same]
    filling.load("same-layer-twice", "case/twins:1", archives.config(twins), twins)
    moved = [base, other, same]
    steps = [{"created_by": f"step {number}"} for number in range(3)]
    filling.load("other-parents", "case/moved:1", archives.config(moved, history=steps), moved)
    labels = archives.config(
        [base], config={"Labels": ODD_LABELS | {"with space": "x"}}, created="2020-01-02T03:04:05Z"
    )
    filling.load("odd-labels", "case/odd-labels:1", labels, [base])
    foreign = archives.config([other], architecture="arm64", variant="v8")
    filling.load("foreign-architecture", "localhost/case/foreign:1", foreign, [other])
    _save_and_load(filling)


def _save_and_load(filling: Filling) -> None:
    """Save an image with its parent, remove both and load them: the parent relation survives."""
    tag = "case/saved:1"
    saved = str(filling.folder / "saved.tar")
    filling.build(tag, f"FROM {BASE}\nRUN echo saved > /saved\nLABEL saved=yes\n")
    parent = filling.docker("image", "inspect", "--format", "{{.Parent}}", tag)
    filling.docker("save", "--output", saved, tag, parent)
    filling.docker("image", "rm", tag)
    filling.docker("load", "--input", saved)
    filling.keep_image("loaded", tag)
    filling.keep_image("loaded-parent", parent)


def _tagged(filling: Filling) -> None:
    more = ("case/many:latest", "case/many:1.0", "localhost/case/many:1.0", f"{_LONG_NAME}:1")
    options = [option for tag in more for option in ("--tag", tag)]
    filling.build("plain", f"FROM {BASE}\nRUN echo many > /many\n", *options)
    filling.keep_image("several-tags", "plain")
    filling.docker("tag", "case/child:1", "case/retagged:was-child")
    filling.keep_image("retagged", "case/retagged:was-child")
    for case in ("tag-moved", "untagged-in-use"):
        filling.build(f"case/{case}:1", f"FROM {BASE}\nRUN echo {case} > /case\n")
        filling.keep_image(case, f"case/{case}:1")


def _pushed(filling: Filling) -> None:
    for name in ("team/pushed:1", "team/pushed:stable", "mirror/pushed:1"):
        filling.docker("tag", "case/classic:1", filling.remote(name))
        filling.digests["pushed"] = filling.push(filling.remote(name))
    filling.keep_image("pushed", filling.remote("team/pushed:1"))


def _pulled(filling: Filling) -> None:
    _push_away(filling, "pulled", "team/pulled")
    _pull(filling, "pulled", "team/pulled:1")
    digest = _push_away(filling, "digest-only", "team/by-digest")
    _pull(filling, "digest-only", f"team/by-digest@{digest}")
    _pull_second_digest(filling)
    _pull_by_list(filling)
    _pull_recompressed(filling)


def _push_away(filling: Filling, case: str, repository: str) -> str:
    """Build and push an image and remove it from the engine; give its manifest's digest."""
    tag = filling.remote(f"{repository}:1")
    steps = f"RUN echo {case} > /case\nRUN echo again > /again\n"
    filling.build(tag, f"FROM {BASE}\n{steps}")
    filling.digests[case] = filling.push(tag)
    filling.docker("image", "rm", tag)
    return filling.digests[case]


def _pull(filling: Filling, case: str, name: str) -> None:
    filling.docker("pull", filling.remote(name))
    filling.keep_image(case, filling.remote(name))


def _pull_second_digest(filling: Filling) -> None:
    """Pull the image of `pulled` by a second manifest, which differs in its white space only."""
    manifest = json.dumps(json.loads(filling.registry.manifest("team/pulled", "1"))).encode()
    digest = filling.registry.put_manifest("team/pulled", "spaced", manifest, MANIFEST)
    filling.digests["several-digests"] = digest
    _pull(filling, "several-digests", "team/pulled:spaced")


def _pull_by_list(filling: Filling) -> None:
    """Pull by a manifest list, whose digest is then the one in the image's reference."""
    digest = _push_away(filling, "manifest-list", "team/listed")
    size = len(filling.registry.manifest("team/listed", digest))
    platform = {"architecture": "amd64", "os": "linux"}
    entry = {"mediaType": MANIFEST, "size": size, "digest": digest, "platform": platform}
    content = {"schemaVersion": 2, "mediaType": MANIFEST_LIST, "manifests": [entry]}
    filling.digests["manifest-list"] = filling.registry.put_manifest(
        "team/listed", "list", json.dumps(content).encode(), MANIFEST_LIST
    )
    _pull(filling, "manifest-list", "team/listed:list")


def _pull_recompressed(filling: Filling) -> None:
    """Pull the base's layer from a blob of another compression: two blobs, one diff ID."""
    layers = [archives.base_layer(), archives.layer({"recompressed": b"r" * 1000})]
    blobs = [gzip.compress(layer, compresslevel=1, mtime=0) for layer in layers]
    config = archives.config(layers, config={"Cmd": ["sh"]})
    put = filling.registry.put_blob
    digests = [put("team/recompressed", blob) for blob in blobs]
    content = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": _descriptor(CONFIG, put("team/recompressed", config), config),
        "layers": [_descriptor(LAYER, *pair) for pair in zip(digests, blobs, strict=True)],
    }
    manifest = json.dumps(content).encode()
    filling.registry.put_manifest("team/recompressed", "1", manifest, MANIFEST)
    filling.digests["recompressed-blob"] = digests[0]
    _pull(filling, "recompressed", "team/recompressed:1")


def _descriptor(media_type: str, digest: str, content: bytes) -> dict[str, str | int]:
    return {"mediaType": media_type, "size": len(content), "digest": digest}


def _removed(filling: Filling) -> None:
    filling.build("case/removed:1", f"FROM {BASE}\nRUN echo removed > /removed\n")
    filling.gone["removed"] = filling.keep_image("removed", "case/removed:1")
    filling.docker("image", "rm", "case/removed:1")
    del filling.images["removed"]
