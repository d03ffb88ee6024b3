#!/usr/bin/env bash
# Makes this machine ready for Capwright's sandbox: Docker, a running daemon, the sandbox image. Idempotent.
#
#   bash scripts/setup.sh [--yes] [--rebuild] [--with PACKAGE]... [--then COMMAND ARGS...]
#
# --with names a Debian package that is installed too, unless its command is here (the tests want tshark).
# --rebuild builds the image anew, base included, though one is there: that is how it takes security updates.
# CAPWRIGHT_BASE_IMAGE names the base to build on, such as debian@sha256:DIGEST; default: debian:trixie-slim's digest.
# It asks before it changes the machine. Consent is --yes anywhere, CAPWRIGHT_YES=1, or CI; without a terminal
# to ask on and without consent it prints what it would do and exits 3. Everything it says goes to stderr:
# stdout belongs to COMMAND, which it becomes (exec) once the machine is ready.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
sandbox=$here/sandbox
base_suite=trixie
base_tag=capwright-sandbox-base:$base_suite
log_dir=${XDG_STATE_HOME:-${HOME:-/tmp}/.local/state}/capwright
daemon_log=/var/log/capwright-dockerd.log
exec 3>&1 1>&2

consent=no
case ${CI:-} in '' | 0 | false) ;; *) consent=yes ;; esac
case ${CAPWRIGHT_YES:-} in '' | 0 | false | no) ;; *) consent=yes ;; esac
for word in "$@"; do [ "$word" != --yes ] || consent=yes; done
rebuild=no
tools=()
while [ $# -gt 0 ] && [ "$1" != --then ]; do
  case $1 in
    --yes) ;;
    --rebuild) rebuild=yes ;;
    --with) [ $# -gt 1 ] || { echo "setup: --with takes the name of a package"; exit 2; }; tools+=("$2"); shift ;;
    *) echo "setup: unknown argument $1 (known: --yes, --rebuild, --with PACKAGE, --then COMMAND ARGS...)"; exit 2 ;;
  esac
  shift
done
[ $# -eq 0 ] || shift

say() { printf 'setup: %s\n' "$*"; }
die() { say "$*"; exit 1; }

sha256() { if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi; }
# The adapter computes the same name (src/adapters/sandbox/docker/image.ts): change both or neither.
sources=$(cat "$sandbox/Dockerfile" "$sandbox/base-image.sh" | sha256 | cut -c1-12)
image=capwright-sandbox:$sources

# --- What is the case -------------------------------------------------------------------------------------------

as_root=()
can_root=yes
if [ "$(id -u)" -ne 0 ]; then
  if command -v sudo >/dev/null; then as_root=(sudo); else can_root=no; fi
fi
# bash 3.2 (macOS) calls an empty array unset, hence the form below wherever it is used.
root() { ${as_root[@]+"${as_root[@]}"} "$@"; }

have() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ]; }
# What a package is here for, where its command has another name.
command_of() { case $1 in bubblewrap) echo bwrap ;; *) echo "$1" ;; esac; }
is_debian() { [ -r /etc/os-release ] && grep -Eq '^ID(_LIKE)?=.*(debian|ubuntu)' /etc/os-release; }
is_ubuntu() { [ -r /etc/os-release ] && grep -Eq '^ID="?ubuntu' /etc/os-release; }
answers() { "$@" version --format '{{.Server.Version}}' >/dev/null 2>&1; }
engine_runs() { [ "$access" != none ] || { [ -S /var/run/docker.sock ] && [ ! -w /var/run/docker.sock ]; }; }
has_systemd() { [ -d /run/systemd/system ] && have systemctl; }
in_docker_group() { id -nG "$(id -un)" | tr ' ' '\n' | grep -qx docker; }

# Command line for sh, each word quoted.
quote() { local word; for word in "$@"; do printf " '%s'" "${word//\'/\'\\\'\'}"; done; }
with_group() { sg docker -c "exec$(quote "$@")"; }

# How this user reaches the engine: own, group (member, but a group joined counts only from the next login), none.
access=none
look_for_engine() {
  access=none
  have docker || return 0
  if answers docker; then access=own
  elif [ -z "${DOCKER_HOST:-}" ] && [ "$(id -u)" -ne 0 ] && in_docker_group && have sg && answers with_group docker; then
    access=group
  fi
}
docker_cmd() {
  case $access in
    own) docker "$@" ;;
    group) with_group docker "$@" ;;
    none) root docker "$@" ;;
  esac
}

has_image() { [ "$access" != none ] && docker_cmd image inspect "$1" >/dev/null 2>&1; }

packages=()
plan=()
look() {
  packages=(); plan=()
  local tool
  for tool in ${tools[@]+"${tools[@]}"}; do
    # Ubuntu has it as a snap only, which a container can not install: the tests say what they leave out without it.
    if [ "$tool" = chromium ] && { is_ubuntu || have google-chrome; }; then continue; fi
    if is_debian && ! have "$(command_of "$tool")"; then packages+=("$tool"); fi
  done
  look_for_engine
  if [ $rebuild = no ] && has_image "$image"; then
    [ ${#packages[@]} -eq 0 ] || plan+=("install with apt-get: ${packages[*]}")
    return
  fi

  have docker || packages+=(docker.io)
  if [ -z "${DOCKER_HOST:-}" ]; then
    have dockerd || engine_runs || [ "${packages[*]-}" = docker.io ] || packages+=(docker.io)
  fi
  if is_debian && [ "$(uname -s)" = Linux ]; then
    have debootstrap || packages+=(debootstrap)
    [ -r /usr/share/keyrings/debian-archive-keyring.gpg ] || packages+=(debian-archive-keyring)
    # Where the kernel enforces AppArmor, Docker starts no container without its parser.
    if grep -qs Y /sys/module/apparmor/parameters/enabled && ! have apparmor_parser; then packages+=(apparmor); fi
  fi
  [ ${#packages[@]} -eq 0 ] || plan+=("install with apt-get: ${packages[*]}")
  if [ -z "${DOCKER_HOST:-}" ] && ! engine_runs; then
    if has_systemd; then plan+=("start Docker: systemctl start docker")
    else plan+=("start Docker in the background: dockerd, log in $daemon_log"); fi
  fi
  if [ "$(id -u)" -ne 0 ] && [ -z "${DOCKER_HOST:-}" ] && [ "$access" = none ] && ! in_docker_group; then
    plan+=("add user $(id -un) to group docker (its members can become root on this machine)")
  fi
  local unless=
  [ "$access" != none ] || [ $rebuild = yes ] || unless=", unless it is there already"
  plan+=("build the image $image from sandbox/Dockerfile (about a minute, 250 MB)$unless")
}

explain_by_hand() {
  cat <<TXT
setup: this machine is not Debian or Ubuntu, or you are neither root nor have sudo. By hand:
  1. Install and start Docker: https://docs.docker.com/engine/install/
  2. docker build --build-arg SOURCES=$sources -t $image "$sandbox"
  3. Run this command again.
TXT
}

# --- What changes it --------------------------------------------------------------------------------------------

apt_install() {
  root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >>"$log_dir/apt.log" 2>&1
}

install_packages() {
  say "installing ${packages[*]}"
  : >"$log_dir/apt.log"
  # A fresh machine has no package lists, an old one has stale ones; either way the second try is the one that counts.
  if ! apt_install "${packages[@]}"; then
    root apt-get update -qq >>"$log_dir/apt.log" 2>&1 || true
    apt_install "${packages[@]}" ||
      { tail -n 15 "$log_dir/apt.log"; die "apt-get could not install ${packages[*]}; the whole log is $log_dir/apt.log"; }
  fi
  # From Debian 13 on, docker.io comes without the docker command.
  hash -r
  have docker || apt_install docker-cli || die "the package docker-cli could not be installed; see $log_dir/apt.log"
  hash -r
}

start_daemon() {
  say "starting Docker"
  if has_systemd; then
    root systemctl start docker || die "systemctl could not start docker: see journalctl -u docker"
  else
    # Its own session and no terminal: it outlives this script and takes no Ctrl-C meant for it. Its PATH gets the
    # system folders, which a user's may lack.
    # shellcheck disable=SC2016 # expanded by the inner shell
    root env "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
      sh -c 'umask 077; exec setsid dockerd >>"$1" 2>&1 </dev/null 3>&- 9>&- &' dockerd "$daemon_log"
  fi
  local tries=0
  until root docker version >/dev/null 2>&1; do
    tries=$((tries + 1))
    if [ "$tries" -gt 120 ]; then
      root tail -n 15 "$daemon_log" 2>/dev/null || true
      die "Docker did not answer within 60 s; log: $daemon_log (in a container, Docker needs --privileged)"
    fi
    sleep 0.5
  done
}

# The base comes from a registry where one answers, else from Debian's packages: the same Dockerfile on both.
base_image() {
  local official=debian:$base_suite-slim
  if [ -n "${CAPWRIGHT_BASE_IMAGE:-}" ]; then echo "$CAPWRIGHT_BASE_IMAGE" >&4; return; fi
  if [ $rebuild = no ]; then
    if docker_cmd image inspect "$official" >/dev/null 2>&1; then echo "$official" >&4; return; fi
    if docker_cmd image inspect "$base_tag" >/dev/null 2>&1; then echo "$base_tag" >&4; return; fi
  fi
  local patience=()
  have timeout && patience=(timeout 180)
  if ${patience[@]+"${patience[@]}"} docker pull -q "$official" >"$log_dir/pull.log" 2>&1; then echo "$official" >&4; return; fi
  have debootstrap || die "no registry gave $official and debootstrap is not here to replace it; see $log_dir/pull.log"
  say "no image registry answers; making the base image with debootstrap"
  root env "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" ${DOCKER_HOST:+"DOCKER_HOST=$DOCKER_HOST"} \
    bash "$sandbox/base-image.sh" "$base_tag" "$base_suite" >"$log_dir/base-image.log" 2>&1 ||
    { tail -n 15 "$log_dir/base-image.log"; die "debootstrap failed; the whole log is $log_dir/base-image.log"; }
  echo "$base_tag" >&4
}

build_image() {
  local base old
  old=$(docker_cmd image inspect --format '{{.Id}}' "$image" 2>/dev/null || true)
  exec 4>"$log_dir/base"
  base_image
  exec 4>&-
  base=$(cat "$log_dir/base")
  # A name can be moved, a digest cannot: where the base came from a registry, it is built on and labelled by digest.
  local pinned
  pinned=$(docker_cmd image inspect --format '{{join .RepoDigests " "}}' "$base" 2>/dev/null | cut -d ' ' -f 1 || true)
  base=${pinned:-$base}
  say "building $image on $base"
  local build=(build --build-arg "BASE_IMAGE=$base" --build-arg "SOURCES=$sources"
    --build-arg "PACKAGES=$(date -u +%Y-%m-%d)" --label "capwright.base=$base" -t "$image")
  [ $rebuild = no ] || build+=(--no-cache)
  # Where containers have no way out (a local resolver, a closed bridge), the host's own network often has.
  docker_cmd "${build[@]}" "$sandbox" >"$log_dir/build.log" 2>&1 ||
    docker_cmd "${build[@]}" --network host "$sandbox" >>"$log_dir/build.log" 2>&1 ||
    { tail -n 15 "$log_dir/build.log"; die "the image build failed; the whole log is $log_dir/build.log"; }
  # One that sessions still run on stays for them, without its name.
  [ -z "$old" ] || docker_cmd image rm "$old" >/dev/null 2>&1 || true
}

join_docker_group() {
  root usermod -aG docker "$(id -un)" || die "could not add $(id -un) to group docker"
  say "$(id -un) is in group docker now, from the next login on"
}

ask() {
  say "this machine needs:"
  local step
  for step in "${plan[@]}"; do printf '  - %s\n' "$step"; done
  if [ "$consent" = no ]; then
    if [ -t 0 ] && [ -t 2 ]; then
      printf 'setup: do this now? [y/N] '
      local answer=
      read -r answer || true
      case $answer in y | Y | yes) consent=yes ;; *) say "nothing was changed"; exit 3 ;; esac
    else
      say "nothing was changed. To agree, run it again with --yes, or with CAPWRIGHT_YES=1 set"
      exit 3
    fi
  fi
}

make_ready() {
  if [ -n "${DOCKER_HOST:-}" ] && have docker && [ "$access" = none ]; then
    die "no Docker engine answers at DOCKER_HOST=$DOCKER_HOST; start it, or unset DOCKER_HOST to use this machine's"
  fi
  local needs_root=no
  [ ${#packages[@]} -eq 0 ] || needs_root=yes
  [ "$access" != none ] || needs_root=yes
  if [ $needs_root = yes ] && { ! is_debian || [ $can_root = no ]; }; then explain_by_hand; exit 1; fi
  ask
  mkdir -p "$log_dir"
  # Two setups at once (demo and test) take turns; the second then finds everything done.
  if have flock; then
    exec 9>"$log_dir/setup.lock"
    flock 9
    look
    [ ${#plan[@]} -gt 0 ] || return 0
  fi
  [ $needs_root = no ] || root true || die "this needs root, and sudo refused"
  [ ${#packages[@]} -eq 0 ] || install_packages
  # Asked as root, since a socket file alone proves nothing: a daemon that died leaves it behind.
  [ -n "${DOCKER_HOST:-}" ] || root docker version >/dev/null 2>&1 || start_daemon
  look_for_engine
  if [ "$access" = none ] && [ -z "${DOCKER_HOST:-}" ] && ! in_docker_group; then
    join_docker_group
    look_for_engine
  fi
  if [ $rebuild = yes ] || ! has_image "$image"; then build_image; fi
  say "ready: $image"
}

look
[ ${#plan[@]} -eq 0 ] || make_ready
exec 9>&-

if [ $# -eq 0 ]; then
  [ "$access" = own ] || say "until your next login, start commands that need Docker like this: sg docker -c 'COMMAND'"
  exit 0
fi
exec 1>&3 3>&-
[ "$access" = group ] || exec "$@"
exec sg docker -c "exec$(quote "$@")"
