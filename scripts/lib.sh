# What scripts/test and .ci/run share. Sourced, never run.
# shellcheck shell=bash

export PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"

fail() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

# as_admin COMMAND...: runs it as root; fails where we neither are root nor may become it unasked.
as_admin() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        sudo -n "$@"
    else
        return 1
    fi
}

# apt_install WHAT PACKAGE...: installs packages, saying so; where that is impossible, says what is
# to be installed and stops. Nothing that a check needs is ever skipped in silence.
apt_install() {
    local what="$1"
    shift
    command -v apt-get >/dev/null || fail "$what is missing and there is no apt here: please install it (on Debian: $*) and run this again"
    echo "--- $what is missing: installing with apt: $*"
    as_admin true || fail "$what is missing: please run 'apt-get install $*' as root and run this again"
    as_admin apt-get -q update
    as_admin env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "$@"
}
