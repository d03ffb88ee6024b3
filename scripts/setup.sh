#!/usr/bin/env bash
# Makes this machine ready for Capwright's sandbox: Docker, a running daemon, the sandbox image. Idempotent.
#
#   bash scripts/setup.sh [--yes] [--then COMMAND ARGS...]
#
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

consent=${CI:+ci}${CAPWRIGHT_YES:+env}
[ "${CI:-}" != false ] || consent=${CAPWRIGHT_YES:+env}
[ "${CAPWRIGHT_YES:-}" != 0 ] || [ "$consent" != env ] || consent=
for word in "$@"; do [ "$word" != --yes ] || consent=flag; done
while [ $# -gt 0 ] && [ "$1" != --then ]; do
  [ "$1" = --yes ] || { echo "setup: unknown argument $1 (known: --yes, --then COMMAND ARGS...)"; exit 2; }
  shift
done
[ $# -eq 0 ] || shift

say() { printf 'setup: %s\n' "$*"; }
die() { say "$*"; exit 1; }

sha256() { if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi; }
# The adapter computes the same name (src/adapters/docker-sandbox/image.ts): change both or neither.
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
is_debian() { [ -r /etc/os-release ] && grep -Eq '^ID(_LIKE)?=.*(debian|ubuntu)' /etc/os-release; }
engine_answers() { docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }
engine_runs() { engine_answers || { [ -S /var/run/docker.sock ] && [ ! -w /var/run/docker.sock ]; }; }
has_systemd() { [ -d /run/systemd/system ] && have systemctl; }
in_docker_group() { id -nG "$(id -un)" | tr ' ' '\n' | grep -qx docker; }

# Through the user's own access where there is one, else as root: a group joined now counts from the next login.
docker_cmd() { if engine_answers; then docker "$@"; else root docker "$@"; fi; }

packages=()
plan=()
look() {
  packages=(); plan=()
  if engine_answers && docker image inspect "$image" >/dev/null 2>&1; then return; fi

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
  if [ "$(id -u)" -ne 0 ] && [ -z "${DOCKER_HOST:-}" ] && ! engine_answers && ! in_docker_group; then
    plan+=("add user $(id -un) to group docker (its members can become root on this machine)")
  fi
  plan+=("build the image $image from sandbox/Dockerfile (about a minute, 250 MB)")
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

install_packages() {
  say "installing ${packages[*]}"
  local options=(-y -qq --no-install-recommends)
  if ! root env DEBIAN_FRONTEND=noninteractive apt-get install "${options[@]}" "${packages[@]}" >"$log_dir/apt.log" 2>&1; then
    root apt-get update -qq >>"$log_dir/apt.log" 2>&1 || true
    root env DEBIAN_FRONTEND=noninteractive apt-get install "${options[@]}" "${packages[@]}" >>"$log_dir/apt.log" 2>&1 ||
      { tail -n 15 "$log_dir/apt.log"; die "apt-get could not install ${packages[*]}; the whole log is $log_dir/apt.log"; }
  fi
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
  if docker_cmd image inspect "$official" >/dev/null 2>&1; then echo "$official" >&4; return; fi
  if docker_cmd image inspect "$base_tag" >/dev/null 2>&1; then echo "$base_tag" >&4; return; fi
  local patience=()
  have timeout && patience=(timeout 180)
  if ${patience[@]+"${patience[@]}"} docker pull -q "$official" >"$log_dir/pull.log" 2>&1; then echo "$official" >&4; return; fi
  have debootstrap || die "no registry gave $official and debootstrap is not here to replace it; see $log_dir/pull.log"
  say "no image registry answers; making the base image with debootstrap"
  root env "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
    bash "$sandbox/base-image.sh" "$base_tag" "$base_suite" >"$log_dir/base-image.log" 2>&1 ||
    { tail -n 15 "$log_dir/base-image.log"; die "debootstrap failed; the whole log is $log_dir/base-image.log"; }
  echo "$base_tag" >&4
}

build_image() {
  local base
  exec 4>"$log_dir/base"
  base_image
  exec 4>&-
  base=$(cat "$log_dir/base")
  say "building $image on $base"
  docker_cmd build --build-arg "BASE_IMAGE=$base" --build-arg "SOURCES=$sources" -t "$image" "$sandbox" \
    >"$log_dir/build.log" 2>&1 ||
    { tail -n 15 "$log_dir/build.log"; die "the image build failed; the whole log is $log_dir/build.log"; }
}

join_docker_group() {
  root usermod -aG docker "$(id -un)" || die "could not add $(id -un) to group docker"
  say "you are in group docker now; shells opened before your next login need: sg docker -c 'COMMAND'"
}

ask() {
  say "this machine needs:"
  local step
  for step in "${plan[@]}"; do printf '  - %s\n' "$step"; done
  if [ -z "$consent" ]; then
    if [ -t 0 ] && [ -t 2 ]; then
      printf 'setup: do this now? [y/N] '
      local answer=
      read -r answer || true
      case $answer in y | Y | yes) consent=asked ;; *) say "nothing was changed"; exit 3 ;; esac
    else
      say "nothing was changed. To agree, run it again with --yes, or with CAPWRIGHT_YES=1 set"
      exit 3
    fi
  fi
}

make_ready() {
  if [ -n "${DOCKER_HOST:-}" ] && have docker && ! engine_answers; then
    die "no Docker engine answers at DOCKER_HOST=$DOCKER_HOST; start it, or unset DOCKER_HOST to use this machine's"
  fi
  local needs_root=no
  [ ${#packages[@]} -eq 0 ] || needs_root=yes
  engine_answers || needs_root=yes
  if [ $needs_root = yes ] && { ! is_debian || [ $can_root = no ]; }; then explain_by_hand; exit 1; fi
  ask
  mkdir -p "$log_dir"
  # Two setups at once (demo and test) take turns; the second then finds everything done.
  if have flock; then exec 9>"$log_dir/setup.lock"; flock 9; look; fi
  [ ${#packages[@]} -eq 0 ] || install_packages
  # Asked as root, since a socket file alone proves nothing: a daemon that died leaves it behind.
  [ -n "${DOCKER_HOST:-}" ] || root docker version >/dev/null 2>&1 || start_daemon
  if ! engine_answers && [ -z "${DOCKER_HOST:-}" ] && ! in_docker_group; then join_docker_group; fi
  docker_cmd image inspect "$image" >/dev/null 2>&1 || build_image
  exec 9>&-
  say "ready: $image"
}

look
[ ${#plan[@]} -eq 0 ] || make_ready

[ $# -gt 0 ] || exit 0
exec 1>&3 3>&-
if engine_answers || [ -n "${DOCKER_HOST:-}" ] || ! have sg; then exec "$@"; fi
# The group joined above counts only from the next login; sg lends it to this one command.
quoted=
for word in "$@"; do quoted+=" '${word//\'/\'\\\'\'}'"; done
exec sg docker -c "exec$quoted"
