#!/usr/bin/env bash
# Makes a stand-in for debian:trixie-slim from Debian's own packages, for machines that reach no image registry.
# Usage (root): base-image.sh TAG [SUITE] [MIRROR]. Needs debootstrap and a running Docker. Never push the result.
set -euo pipefail

tag=${1:?usage: base-image.sh TAG [SUITE] [MIRROR]}
suite=${2:-trixie}
mirror=${3:-http://deb.debian.org/debian}

# The tree lives in memory where a private mount namespace allows it: no disk syncs, and nothing to unmount.
if [ -z "${CAPWRIGHT_BASE_ROOT:-}" ]; then
  work=$(mktemp -d /var/tmp/capwright-base.XXXXXXXX)
  trap 'rm -rf "$work"' EXIT
  export CAPWRIGHT_BASE_ROOT=$work
  free_kib=$(awk '/^MemAvailable:/ {print $2}' /proc/meminfo)
  if [ "${free_kib:-0}" -gt 3000000 ] && unshare --mount true 2>/dev/null; then
    # shellcheck disable=SC2016 # expanded by the inner shell
    unshare --mount bash -c 'mount -t tmpfs -o size=2g,mode=0755 capwright "$1" && shift && exec bash "$@"' \
      base "$work" "$0" "$tag" "$suite" "$mirror"
  else
    bash "$0" "$tag" "$suite" "$mirror"
  fi
  exit 0
fi

root=$CAPWRIGHT_BASE_ROOT/root
debootstrap --variant=minbase "$suite" "$root" "$mirror"

# As in Debian's own images: without its security archive a rebuilt image would have the holes of the release day.
cat > "$root/etc/apt/sources.list" <<LIST
deb $mirror $suite main
deb $mirror $suite-updates main
deb ${mirror%/debian}/debian-security $suite-security main
LIST

# The same weight loss as in Debian's slim images: documents stay out now and at every later apt-get.
mkdir -p "$root/etc/dpkg/dpkg.cfg.d"
cat > "$root/etc/dpkg/dpkg.cfg.d/capwright" <<'CFG'
path-exclude /usr/share/doc/*
path-exclude /usr/share/man/*
path-exclude /usr/share/info/*
path-exclude /usr/share/locale/*
force-unsafe-io
CFG
printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d"
chmod 0755 "$root/usr/sbin/policy-rc.d"
rm -rf "$root"/usr/share/{doc,man,info,locale}/* "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin \
  "$root"/var/cache/apt/archives/*.deb "$root"/var/log/*

tar -C "$root" --numeric-owner -c . |
  docker import --change 'LABEL capwright=base' --change 'CMD ["bash"]' - "$tag"
