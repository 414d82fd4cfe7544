#!/usr/bin/env bash
# Builds the executor with one scenario, unoptimised and optimised, runs each twice, and compares the traces.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sources=("$here/../../Sources/TemporalWorker/Executor/WorkflowExecutor.swift" "$here/Scenario.swift")
for level in -Onone -O; do
    swiftc "$level" -swift-version 6 -enable-upcoming-feature NonisolatedNonsendingByDefault \
        -enable-upcoming-feature ExistentialAny -package-name trace -parse-as-library \
        -o "$work/trace$level" "${sources[@]}"
    for round in 1 2; do
        timeout 60 "$work/trace$level" >"$work/trace$level.$round"
    done
done
for other in -Onone.2 -O.1 -O.2; do
    diff "$work/trace-Onone.1" "$work/trace$other" || { echo "The executor's order differs: -Onone.1 and $other." >&2; exit 1; }
done
grep -q '^result ' "$work/trace-Onone.1" || { echo "The scenario did not end:" >&2; cat "$work/trace-Onone.1" >&2; exit 1; }
echo "The executor's trace is the same at -Onone and -O ($(wc -l <"$work/trace-Onone.1") lines)."
