#!/usr/bin/env bash
# Runs the sample as its users do and checks what comes out: in memory, and, if TEMPORAL_ADDRESS is set, on that service with
# several processes, of which the batchers' worker is killed once.
# Usage: check.sh [FOLDER]     (the folder of the programs; default: where `swift build` puts them)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
programs=${1:-$(swift build --show-bin-path)}
address=${TEMPORAL_ADDRESS:-}
workflows=${WORKFLOWS:-200}
unset TEMPORAL_ADDRESS
dir=$(mktemp -d)
pids=()

finish() {
    for pid in "${pids[@]}"; do kill -9 "$pid" 2>/dev/null || true; done
    wait 2>/dev/null || true
    rm -rf "$dir"
}
trap finish EXIT

fail() {
    echo "check: $1" >&2
    for file in "$dir"/*.out "$dir"/*.err; do
        echo "--- $(basename "$file")" >&2
        tail -n 20 "$file" >&2
    done
    exit 1
}

echo "In memory: ten workflows"
timeout 120 "$programs/main-service" demo --workflows 10 >"$dir/demo.out" 2>"$dir/demo.err" </dev/null || fail "demo ended with $?"
grep -q 'The database has 10 rows, one for each workflow.' "$dir/demo.out" || fail "rows are missing"
(($(grep -c TRANSACTION_SUCCESS "$dir/demo.out") == 10)) || fail "workflows are missing"

echo "Mistakes are told, not crashes"
code=0
timeout 20 "$programs/main-service" start --workflows 0 >"$dir/mistake.out" 2>"$dir/mistake.err" </dev/null || code=$?
((code == 64)) || fail "--workflows 0 ended with $code"

if [[ -z $address ]]; then
    echo "TEMPORAL_ADDRESS is not set: only the service in memory was checked"
    exit 0
fi
export TEMPORAL_ADDRESS=$address

echo "On $address: $workflows workflows, 4 batchers, their worker killed once"
id=$$-$RANDOM
common=(--main-queue "main-$id" --batcher-queue "batcher-$id" --batchers "batcher-$id" --shards 4)
start_batchers() {
    "$programs/batcher-service" worker "${common[@]}" --database "$dir/ledger.sqlite" </dev/null 2>>"$dir/batcher.err" &
    batcher=$!
    pids+=("$batcher")
}
start_batchers
"$programs/main-service" worker "${common[@]}" --longest-work 0.5 </dev/null 2>"$dir/main.err" &
pids+=($!)
"$programs/batcher-service" start "${common[@]}" --interval 0 --batch-wait 2 --batch-size 20 >"$dir/start.out" 2>&1 || fail "start"
timeout 300 "$programs/main-service" start "${common[@]}" --workflows "$workflows" >"$dir/run.out" 2>"$dir/run.err" </dev/null &
run=$!
pids+=("$run")
deadline=$((SECONDS + 60))
until grep -q 'rows written' "$dir/batcher.err"; do
    ((SECONDS < deadline)) || fail "no batch within a minute"
    sleep 0.05
done
kill -9 "$batcher"
wait "$batcher" 2>/dev/null || true
start_batchers
wait "$run" || fail "main-service start ended with $?"
(($(grep -c TRANSACTION_SUCCESS "$dir/run.out") == workflows)) || fail "workflows are missing"
counts=$(python3 -c "import sqlite3,sys; print(*sqlite3.connect(sys.argv[1]).execute('select count(*), count(distinct workflow_id) from ledger').fetchone())" "$dir/ledger.sqlite")
[[ $counts == "$workflows $workflows" ]] || fail "the database has $counts rows and workflows"
echo "All $workflows workflows completed, each with one row"
