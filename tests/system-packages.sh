#!/bin/sh
# Chromium and PostgreSQL for the demo's and the tests' sake: found, or installed with apt where this is root.
set -eu

missing=""
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
command -v h2load >/dev/null 2>&1 || missing="$missing nghttp2-client"
[ -z "$missing" ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing from the system's packages:$missing (once, a minute or two) ..."
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # shellcheck disable=SC2086 # a list of names
    apt-get install -y -qq --no-install-recommends $missing >/dev/null
    exit 0
fi
echo "The demo runs without them, but tests and benchmarks need:$missing" >&2
echo "Install them as root, for example: sudo apt-get install$missing" >&2
