#!/usr/bin/env bash
# Runs the sample as its users do and checks what comes out: the story in memory, and, if TEMPORAL_ADDRESS is set, the
# story there and its parts in processes of their own, of which the worker is killed once.
# Usage: check.sh [PROGRAM]     (default: what `swift build` has made)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
program=${1:-$(swift build --show-bin-path)/loyalty-points}
address=${TEMPORAL_ADDRESS:-}
unset TEMPORAL_ADDRESS TEMPORAL_PROFILE
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

wait_for() {
    local deadline=$((SECONDS + $1))
    until grep -q -e "$2" "$3" 2>/dev/null; do
        ((SECONDS < deadline)) || fail "no '$2' in $(basename "$3") within $1 s"
        sleep 0.05
    done
}

# story NAME ARGS…: the story is told to its end
story() {
    local name=$1
    shift
    timeout 300 "$program" demo "$@" >"$dir/$name.out" 2>"$dir/$name.err" </dev/null || fail "$name ended with $?"
    grep -q 'The end.' "$dir/$name.out" || fail "$name did not come to its end"
}

echo "In memory: the story"
story memory
grep -q '124 customers with 500 points each' "$dir/memory.out" || fail "the points are not back"
grep -q '124 e-mails, none twice' "$dir/memory.out" || fail "the e-mails are wrong"

echo "In memory, though a configuration file has an address"
printf '[profile.default]\naddress = "127.0.0.1:1"\n' >"$dir/temporal.toml"
code=0
TEMPORAL_CONFIG_FILE=$dir/temporal.toml timeout 300 "$program" demo --customers 2 >"$dir/file.out" 2>"$dir/file.err" \
    </dev/null || fail "the story with a configuration file ended with $?"
TEMPORAL_CONFIG_FILE=$dir/temporal.toml TEMPORAL_PROFILE=default timeout 60 "$program" demo --customers 2 \
    >"$dir/profile.out" 2>"$dir/profile.err" </dev/null || code=$?
((code != 0)) || fail "a profile that is asked for is not used"
head -n 1 "$dir/profile.err" | grep -q 'The Temporal Service is at 127.0.0.1:1,' || fail "the address is not told first"

echo "Mistakes are told, not crashes"
for arguments in "simulate --customers 0" "reset-batch --query x --reason y --type BeforeTime" "serve --port 70000"; do
    code=0
    # shellcheck disable=SC2086  # the words are the arguments
    timeout 20 "$program" $arguments >"$dir/mistake.out" 2>"$dir/mistake.err" </dev/null || code=$?
    ((code == 64)) || fail "'$arguments' ended with $code"
done

if [[ -z $address ]]; then
    echo "TEMPORAL_ADDRESS is not set: only the service in memory was checked"
    exit 0
fi
export TEMPORAL_ADDRESS=$address

echo "On $address: the story"
story real --customers 40

echo "On $address: worker and service in processes of their own"
queue=loyalty-check-$$-$RANDOM
common=(--task-queue "$queue")
start_worker() {
    "$program" worker "${common[@]}" </dev/null 2>>"$dir/worker.err" &
    worker=$!
    pids+=("$worker")
}
start_worker
"$program" serve "${common[@]}" --port 0 </dev/null 2>"$dir/serve.err" &
serve=$!
pids+=("$serve")
wait_for 30 'listens on' "$dir/serve.err"
url=$(sed -n 's/.*listens on \(http[^ ]*\).*/\1/p' "$dir/serve.err")
customer=$((1000000 + RANDOM * 30000 + RANDOM))
# expect STATUS TEXT METHOD PATH
expect() {
    local status
    status=$(curl -s -o "$dir/answer" -w '%{http_code}' -X "$3" "$url$4")
    [[ $status == "$1" ]] && grep -q -e "$2" "$dir/answer" || fail "$3 $4 gave $status: $(cat "$dir/answer")"
}
expect 404 "no customer" GET "/$customer"
expect 201 "Resource created" POST "/$customer"
expect 409 "already" POST "/$customer"
expect 200 "600 added" POST "/$customer/add_points/600"
kill -9 "$worker"
wait "$worker" 2>/dev/null || true
expect 200 "500 added" POST "/$customer/add_points/500"
start_worker
expect 200 '"points" : 1100' GET "/$customer"
expect 422 "has only 1100" POST "/$customer/spend_points/2000"
wait_for 20 "$customer-1000" "$dir/worker.err"
expect 200 '"points" : 1100' GET "/$customer" # the workflow knows that the e-mail was sent
expect 200 "1000 spent" POST "/$customer/spend_points/1000"

mine="WorkflowId='$customer'"
"$program" list "${common[@]}" --query "$mine" >"$dir/list.out" 2>"$dir/list.err" || fail "list"
grep -q "$customer" "$dir/list.out" || fail "the customer is not listed"
reset=(reset-batch "${common[@]}" --query "$mine" --reason "check $customer" --type BeforeSignal --signal spend)
"$program" "${reset[@]}" --dry-run >"$dir/dry.out" 2>"$dir/dry.err" || fail "dry run"
grep -q "dry run to reset wid: $customer" "$dir/dry.out" || fail "the dry run says nothing"
expect 200 '"points" : 100' GET "/$customer"
"$program" "${reset[@]}" </dev/null >"$dir/refused.out" 2>"$dir/refused.err" && fail "a reset without an answer"
expect 200 '"points" : 100' GET "/$customer"
"$program" "${reset[@]}" --yes >"$dir/reset.out" 2>"$dir/reset.err" || fail "reset"
expect 200 '"points" : 1100' GET "/$customer"
expect 200 "exited" DELETE "/$customer/exit"
(($(grep -c "$customer-1000" "$dir/worker.err") == 1)) || fail "the e-mail was sent more than once"
kill -TERM "$worker"
wait "$worker" || fail "the worker ended with $?"
echo "All as it should be"
