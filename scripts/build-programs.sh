#!/bin/bash
# build-programs.sh CONFIGURATION FLAGS…: builds pulpd and pulpctl. Release builds carry Swift's libraries in them: they run on
# machines without Swift, start faster and need less memory.
set -euo pipefail

configuration=$1
shift
if [[ $configuration == release ]]; then set -- "$@" --static-swift-stdlib; fi
programs=(pulpd pulpctl)
if [[ $configuration == release ]]; then programs+=(task-benchmark); fi
for program in "${programs[@]}"; do
    swift build --configuration "$configuration" "$@" --product "$program"
done
