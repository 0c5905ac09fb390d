#!/bin/bash
# build-docs.sh BUILT OUTPUT: makes the documentation of PulpCore out of what is built already.
set -euo pipefail

project=$(cd "$(dirname "$0")/.." && pwd)
built=$1
output=$2
graphs=$(mktemp -d)
trap 'rm -rf "$graphs"' EXIT

# What `swift` in PATH may only stand for.
information=$(swift -print-target-info)
target=$(sed -n 's/.*"unversionedTriple": "\(.*\)",.*/\1/p' <<<"$information" | head -1)
resources=$(sed -n 's/.*"runtimeResourcePath": "\(.*\)",*/\1/p' <<<"$information" | head -1)
toolchain=$(cd "$resources/../../bin" && pwd)

# The modules of C that PulpCore's dependencies are made of.
includes=()
while IFS= read -r map; do
    includes+=(-I "$(dirname "$map")")
done < <(find "$project/Sources" "$project/.build/checkouts" -name module.modulemap -not -path '*/Tests/*'; find "$built/" -maxdepth 2 -name module.modulemap)

"$toolchain/swift-symbolgraph-extract" -module-name PulpCore -target "$target" -I "$built/Modules" "${includes[@]}" \
    -minimum-access-level public -output-dir "$graphs"
"$toolchain/docc" convert "$project/Sources/PulpCore/PulpCore.docc" --additional-symbol-graph-dir "$graphs" \
    --fallback-display-name PulpCore --fallback-bundle-identifier pulp.PulpCore --output-path "$output" >"$graphs/log" 2>&1 || {
    cat "$graphs/log" >&2
    exit 1
}
# Not every parameter is worth a line; a link that leads nowhere is a mistake.
if grep -A 1 -E "(doesn't exist at|is ambiguous at|Unable to resolve|isn't a disambiguation)" "$graphs/log" >&2; then exit 1; fi
echo "The documentation is in $output: python3 -m http.server --directory $output, then /documentation/pulpcore"
