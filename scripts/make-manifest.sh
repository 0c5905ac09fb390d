#!/bin/bash
# make-manifest.sh FOLDER: writes FOLDER/PULP_MANIFEST: a line `path,sha256,size` for each file below FOLDER, sorted by bytes.
set -euo pipefail
export LC_ALL=C

cd "$1"
find . -type f ! -name PULP_MANIFEST ! -name PULP_MANIFEST.new -printf '%P\n' | sort | while IFS= read -r path; do
    digest=$(sha256sum <"$path")
    printf '%s,%s,%s\n' "$path" "${digest%% *}" "$(stat -c %s -- "$path")"
done >PULP_MANIFEST.new
mv PULP_MANIFEST.new PULP_MANIFEST
