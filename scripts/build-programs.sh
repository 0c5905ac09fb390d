#!/bin/bash
# build-programs.sh CONFIGURATION FLAGS…: builds pulpd and pulpctl.
set -euo pipefail

configuration=$1
shift
for program in pulpd pulpctl; do
    swift build --configuration "$configuration" "$@" --product "$program"
done
