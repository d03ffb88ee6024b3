#!/usr/bin/env bash
# Writes what the sandbox image is made of to stdout, as CycloneDX 1.5: every Debian package with its version. The
# image itself does the work, without a network, so that neither a scanner nor a registry is needed.
#
#   bash scripts/sandbox-sbom.sh [IMAGE] > sandbox.cdx.json
set -euo pipefail

sandbox=$(cd "$(dirname "${BASH_SOURCE[0]}")/../sandbox" && pwd)
sha256() { if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi; }
image=${1:-capwright-sandbox:$(cat "$sandbox/Dockerfile" "$sandbox/base-image.sh" | sha256 | cut -c1-12)}
id=$(docker image inspect --format '{{.Id}}' "$image")

# shellcheck disable=SC2016 # expanded inside, by dpkg-query and by jq
docker run --rm --network none --read-only --cap-drop ALL --security-opt no-new-privileges "$image" bash -c '
  . /etc/os-release
  dpkg-query -W -f "\${Package}\t\${Version}\t\${Architecture}\n" | jq -Rn --arg image "$1" --arg id "$2" \
    --arg distro "$ID-$VERSION_ID" "$3"' sbom "$image" "$id" '
  {
    bomFormat: "CycloneDX", specVersion: "1.5", version: 1,
    metadata: { component: { type: "container", name: $image, version: $id } },
    components: [inputs | split("\t") | {
      type: "library", name: .[0], version: .[1],
      purl: "pkg:deb/debian/\(.[0] | @uri)@\(.[1] | @uri)?arch=\(.[2])&distro=\($distro)"
    }]
  }'
