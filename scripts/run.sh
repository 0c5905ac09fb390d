#!/bin/bash
# run.sh PROGRAMS: serves ./pulp-data with pulpd, mirrors the example repository into it, says where to look; Ctrl-C stops it.
set -euo pipefail

project=$(cd "$(dirname "$0")/.." && pwd)
programs=$(cd "$1" && pwd)
export PULP_DATA_DIR=${PULP_DATA_DIR:-$PWD/pulp-data}
export PULP_API_LISTEN=${PULP_API_LISTEN:-127.0.0.1:24817}
export PULP_CONTENT_LISTEN=${PULP_CONTENT_LISTEN:-127.0.0.1:24816}
export PULP_CONTENT_ORIGIN=${PULP_CONTENT_ORIGIN:-http://$PULP_CONTENT_LISTEN}
export PULP_ALLOWED_IMPORT_PATHS=${PULP_ALLOWED_IMPORT_PATHS:-$project/Examples}
# shellcheck source=scripts/pulpd.sh
source "$project/scripts/pulpd.sh"

trap 'stop_pulpd; exit 0' INT TERM
trap stop_pulpd EXIT

start_pulpd
"$programs/pulpctl" file mirror "$(file_url "$project/Examples/FileRepository/PULP_MANIFEST")" --at example

echo
echo "Open     $PULP_CONTENT_ORIGIN/pulp/content/example/"
curl -sf "$PULP_CONTENT_ORIGIN/pulp/content/example/" | sed -n 's/.*<a href="\([^"]*\)".*/           \1/p'
echo "API      http://$PULP_API_LISTEN/pulp/api/v3/status/"
echo "Admin    the password of the user admin is in $PULP_DATA_DIR/admin-password"
echo "Data     $PULP_DATA_DIR"
echo "Ctrl-C stops it."
wait "$pulpd"
