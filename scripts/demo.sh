#!/bin/bash
# demo.sh PROGRAMS: what run.sh does, once, in a temporary folder and on free ports, twice over; every served byte is compared.
set -euo pipefail

project=$(cd "$(dirname "$0")/.." && pwd)
programs=$(cd "$1" && pwd)
folder=$(mktemp -d)

free_port() {
    local port
    while true; do
        port=$((20000 + RANDOM))
        # Refused means that nobody listens there.
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}

export PULP_DATA_DIR=$folder/pulp-data
PULP_API_LISTEN=127.0.0.1:$(free_port)
PULP_CONTENT_LISTEN=127.0.0.1:$(free_port)
export PULP_API_LISTEN PULP_CONTENT_LISTEN
export PULP_CONTENT_ORIGIN=http://$PULP_CONTENT_LISTEN
export PULP_ALLOWED_IMPORT_PATHS=$project/Examples
# shellcheck source=scripts/pulpd.sh
source "$project/scripts/pulpd.sh"
trap 'stop_pulpd; rm -rf "$folder"' EXIT

fail() {
    echo "demo: $*" >&2
    exit 1
}

start_pulpd
upstream=$project/Examples/FileRepository
for _ in first again; do
    "$programs/pulpctl" file mirror "$(file_url "$upstream/PULP_MANIFEST")" --at example
done

served=$PULP_CONTENT_ORIGIN/pulp/content/example
mkdir "$folder/served"
curl -sf "$served/PULP_MANIFEST" -o "$folder/served/PULP_MANIFEST"
checked=0
while IFS= read -r line; do
    # The name may hold commas: digest and size are what follows the last two.
    size=${line##*,}
    rest=${line%,*}
    digest=${rest##*,}
    name=${rest%,*}
    url=$(file_url "/$name")
    curl -sf "$served${url#file://}" -o "$folder/served/file" || fail "$name is not served"
    [ "$(stat -c %s "$folder/served/file")" = "$size" ] || fail "$name does not have $size bytes"
    echo "$digest  $folder/served/file" | sha256sum --check --quiet || fail "$name differs"
    cmp -s "$folder/served/file" "$upstream/$name" || fail "$name is not what stands upstream"
    checked=$((checked + 1))
done <"$folder/served/PULP_MANIFEST"
[ "$checked" = "$(wc -l <"$upstream/PULP_MANIFEST")" ] || fail "$checked files are served, not those of the upstream"
curl -sf "$served/" | grep -q hello.txt || fail "the listing does not name hello.txt"
"$programs/pulpctl" fsck

# What the README embeds mirrors what was served a moment ago.
if [ -x "$programs/embedding" ]; then
    port=$(free_port)
    mkdir "$folder/embedding"
    (cd "$folder/embedding" && exec "$programs/embedding" "$served/PULP_MANIFEST" "$port") &
    embedding=$!
    for _ in $(seq 300); do
        kill -0 "$embedding" 2>/dev/null || fail "the embedding example ended"
        if curl -sf "http://127.0.0.1:$port/pulp/content/files/hello.txt" -o "$folder/served/file"; then break; fi
        sleep 0.1
    done
    kill "$embedding"
    wait "$embedding" || true
    cmp -s "$folder/served/file" "$upstream/hello.txt" || fail "the embedding example does not serve hello.txt"
fi
stop_pulpd
echo "demo: $checked files mirrored and served, byte for byte"
