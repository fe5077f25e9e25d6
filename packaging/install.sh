#!/bin/sh
# Installs odoopbx-agent from @url@, or brings it up to date, and makes this PBX known to a platform:
#
#   curl -fsSL @url@/install.sh | sudo sh -s -- URL CODE [further arguments of odoopbx-agent enroll]
#
# Without URL and CODE it only installs. It may be run again. Everything stands in functions, so that half of a
# download does nothing.
set -eu

repository='@url@'
architectures='@architectures@'

fail() {
    echo "odoopbx: $*" >&2
    exit 1
}

check_system() {
    # A subshell: the file sets variables of its own.
    # shellcheck source=/dev/null
    like=$( (. /etc/os-release && echo " ${ID-} ${ID_LIKE-} ") 2>/dev/null) || like=' '
    case "$like" in
    *' debian '* | *' ubuntu '*) ;;
    *) fail "this installer is for Debian, Ubuntu and their like; this system says it is${like}(/etc/os-release)." ;;
    esac
    for program in apt-get dpkg; do
        command -v "$program" >/dev/null || fail "there is no $program here, though this is Debian's family."
    done
    [ "$(id -u)" = 0 ] || fail 'run it as root (sudo).'
    arch=$(dpkg --print-architecture)
    case " $architectures " in
    *" $arch "*) ;;
    *) fail "there is no package for $arch machines at $repository (only: $architectures)." ;;
    esac
}

add_repository() {
    install -d -m 0755 /etc/apt/keyrings /etc/apt/sources.list.d
    # Written beside and renamed: apt may run at this very moment.
    umask 022
    cat >/etc/apt/keyrings/.odoopbx-archive-keyring.new <<'KEY'
@publicKey@
KEY
    mv /etc/apt/keyrings/.odoopbx-archive-keyring.new /etc/apt/keyrings/odoopbx-archive-keyring.asc
    cat >/etc/apt/sources.list.d/.odoopbx.new <<SOURCE
# Written by $repository/install.sh
Types: deb
URIs: $repository
Suites: stable
Components: main
Architectures: $arch
Signed-By: /etc/apt/keyrings/odoopbx-archive-keyring.asc
SOURCE
    mv /etc/apt/sources.list.d/.odoopbx.new /etc/apt/sources.list.d/odoopbx.sources
}

# This script may come in by the standard input: nothing else may read from there.
apt() {
    DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 \
        -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@" </dev/null
}

install_agent() {
    # This repository alone: another one that is broken is none of our business.
    apt update -o Dir::Etc::sourcelist=sources.list.d/odoopbx.sources -o Dir::Etc::sourceparts=/dev/null \
        -o APT::Get::List-Cleanup=false -o APT::Update::Error-Mode=any ||
        fail "the repository $repository can not be read; what apt says stands above."
    apt install odoopbx-agent && return
    echo 'odoopbx: once more with fresh lists of all packages' >&2
    apt update || true
    apt install odoopbx-agent || fail 'apt could not install odoopbx-agent; what it says stands above.'
}

main() {
    if [ $# = 1 ]; then
        fail 'give URL and CODE as "odoopbx invite" printed them, or nothing.'
    fi
    check_system
    echo "odoopbx: installing from $repository" >&2
    add_repository
    install_agent
    if [ $# -ge 2 ]; then
        url=$1 code=$2
        shift 2
        odoopbx-agent enroll "$url" "$code" "$@" </dev/null
    else
        echo 'odoopbx: installed. Enrol this PBX with: odoopbx-agent enroll URL CODE' >&2
    fi
}

# One command, read whole before it runs, and nothing after it.
{
    main "$@"
    exit
}
