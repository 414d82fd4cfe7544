#!/usr/bin/env bash
# Runs the sample as its users do and checks what comes out: on the service in memory, and, if TEMPORAL_ADDRESS is set,
# on that service with several processes, of which the worker is killed twice.
# Usage: check.sh [PROGRAM]     (default: what `swift build` has made)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
program=${1:-$(swift build --show-bin-path)/data-routing}
address=${TEMPORAL_ADDRESS:-}
unset TEMPORAL_ADDRESS error_chance
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
    for file in "$dir"/*; do
        echo "--- $(basename "$file")" >&2
        tail -n 40 "$file" >&2
    done
    exit 1
}

# count PATTERN FILE: the number of lines with it, 0 if there is no such file yet
count() { grep -c -e "$1" "$2" 2>/dev/null || true; }

# wait_for SECONDS PATTERN FILE [COUNT]: until the file has that many lines with it
wait_for() {
    local deadline=$((SECONDS + $1))
    until (($(count "$2" "$3") >= ${4:-1})); do
        ((SECONDS < deadline)) || fail "no '$2' in $(basename "$3") within $1 s"
        sleep 0.05
    done
}

# run EXPECTED_CODE NAME ARGS…: runs the program to its end
run() {
    local expected=$1 name=$2 code=0
    shift 2
    timeout 60 "$program" "$@" >"$dir/$name.out" 2>"$dir/$name.err" </dev/null || code=$?
    ((code == expected)) || fail "$name ended with $code instead of $expected"
}

# has_keys FILE: the keys of the result are all there
has_keys() {
    local key
    for key in Packet ID Source Destination Contents FailedRouteProviders CurrentRouteProvider Status; do
        grep -q "\"$key\" *:" "$1" || fail "no key $key in $(basename "$1")"
    done
}

echo "In memory: delivered"
run 0 delivered --error-chance 0 --callback-chance 1 --callback-timeout 0
has_keys "$dir/delivered.out"
grep -q '"Status" : "STATUS_DELIVERED"' "$dir/delivered.out" || fail "not delivered"
grep -q '"FailedRouteProviders" : null' "$dir/delivered.out" || fail "a provider failed"

echo "In memory: given up, as nobody answers"
run 2 given-up --error-chance 0 --callback-chance 0 --transmit-timeout 0.5
has_keys "$dir/given-up.out"
grep -q '"RouteD"' "$dir/given-up.out" || fail "fewer than four providers were tried"

echo "In memory: given up, as there is no route"
run 2 no-route --error-chance 1 --get-route-max-attempts 2
grep -q 'Gave up on GetRouteActivity after 2 tries' "$dir/no-route.err" || fail "the reason is missing"

echo "In memory: a seed makes a run repeatable"
seeded=(--seed 4 --packets 8 --error-chance 0.3 --callback-chance 0.6 --callback-timeout 0 --transmit-timeout 1.5)
run 2 first "${seeded[@]}"
run 2 second "${seeded[@]}"
cmp -s "$dir/first.out" "$dir/second.out" || fail "two runs with one seed differ"
grep -q STATUS_DELIVERED "$dir/first.out" || fail "no packet was delivered with this seed"

echo "Mistakes are told, not crashes"
run 64 bad-option --packets 0
error_chance=often run 64 bad-variable
run 1 unreachable --do submit --address 127.0.0.1:1
grep -q 'TEMPORAL_ADDRESS' "$dir/unreachable.err" || fail "no advice"

if [[ -z $address ]]; then
    echo "TEMPORAL_ADDRESS is not set: only the service in memory was checked"
    exit 0
fi

queue=check-$$-$RANDOM
packets=20
service=(--address "$address" --task-queue "$queue")

start_worker() {
    "$program" --do worker "${service[@]}" --transmit-url "$url" </dev/null 2>>"$dir/worker.err" &
    worker=$!
    pids+=("$worker")
}

echo "On $address: worker, transmit service and $packets packets in processes of their own"
"$program" --do transmit-service "${service[@]}" --transmit-port 0 --callback-timeout 3 </dev/null 2>"$dir/transmit.err" &
transmit=$!
pids+=("$transmit")
wait_for 20 'listens on' "$dir/transmit.err"
url=$(sed -n 's/.*listens on \(http[^ ]*\).*/\1/p' "$dir/transmit.err")
start_worker
"$program" --do submit "${service[@]}" --packets "$packets" --transmit-timeout 3 \
    </dev/null >"$dir/submit.out" 2>"$dir/submit.err" &
submit=$!
pids+=("$submit")

# The worker is killed while packets are under way, once early and once when some have ended.
for ended in 1 8; do
    wait_for 60 'Ended\|Failed' "$dir/submit.err" "$ended"
    kill -9 "$worker"
    wait "$worker" 2>/dev/null || true
    done_by_now=$(count 'Ended\|Failed' "$dir/submit.err")
    ((done_by_now < packets)) || fail "all packets had ended before the worker was killed"
    echo "Worker killed with $done_by_now of $packets packets through"
    start_worker
done

code=0
timeout 80 tail --pid="$submit" -f /dev/null || fail "the packets were not through in time"
wait "$submit" || code=$?
((code == 0 || code == 2)) || fail "submit ended with $code"
through=$(count '"Status" : "STATUS_\(DELIVERED\|UNDELIVERED\)"' "$dir/submit.out")
((through == packets)) || fail "$through of $packets packets were delivered or given up"
ids=$(sed -n 's/.*"ID" : "\(.*\)".*/\1/p' "$dir/submit.out" | sort -u | wc -l)
((ids == packets)) || fail "$ids of $packets packets came back"
delivered=$(count STATUS_DELIVERED "$dir/submit.out")
echo "$delivered delivered, $((packets - delivered)) given up, none lost"

echo "Worker and transmit service stop when asked to"
kill -TERM "$worker"
kill -INT "$transmit" # a background process of a script ignores it unless it asks for it
for pid in "$worker" "$transmit"; do
    timeout 30 tail --pid="$pid" -f /dev/null || fail "process $pid did not stop"
    wait "$pid" || fail "process $pid ended with $?"
done
grep -q 'The worker has stopped' "$dir/worker.err" || fail "the worker did not stop gracefully"
echo "All as it should be"
