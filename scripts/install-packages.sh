#!/bin/bash
# install-packages.sh LIST: installs those of the packages in LIST that are missing. Does nothing when none is.
set -euo pipefail

list=$1
mapfile -t wanted < <(sed 's/#.*//' "$list" | awk 'NF { print $1 }')

if ! command -v swift >/dev/null; then
    echo "Swift 6.2 or newer is needed, and there is no swift in PATH: https://www.swift.org/install/" >&2
    exit 1
fi
if ! command -v dpkg-query >/dev/null; then
    echo "This is not Debian: see to it that the equivalents of these are installed: ${wanted[*]}" >&2
    exit 0
fi

missing=()
for package in "${wanted[@]}"; do
    # The query fails for a package that dpkg has never heard of.
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || status=unknown
    [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "Missing: ${missing[*]}. As root: apt-get install ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi

echo "Installing ${missing[*]}"
# An unreachable mirror need not matter: the packages may be in the cache.
"${as_root[@]}" apt-get update -qq || echo "apt-get update failed; going on with the lists there are" >&2
if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes --quiet --no-install-recommends "${missing[@]}" </dev/null; then
    echo "Could not install ${missing[*]}" >&2
    exit 1
fi
