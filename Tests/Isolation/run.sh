#!/usr/bin/env bash
# Runs all tests but those that are about sockets and programs, with neither of them: in a network namespace of its own if
# that is permitted, and with a filter of system calls in any case. Needs the tests to be built.
# Usage: run.sh [--filter NAMES]     (default: all of them)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
deny=Tests/Isolation/deny.py
# What is left out, a line for each kind: which tests, and why.
left_out=(
    'TemporalClientTests\.GRPCConnectionTests/(?!.*(can be given options|the one that was asked for)): gRPC to a server on the loopback interface'
    'TemporalClientTests\.MovedServerTests/: servers on the loopback interface that come and go'
    'TemporalClientTests\.TLSTests/(?!.*(never printed|turns TLS on|before anything is sent|follows from names)): TLS to a server on the loopback interface'
    'TemporalClientTests\.ProxyTests/(?!.*(cannot be asked|in pieces)): proxies on the loopback interface'
    'TemporalClientTests\.APIKeyTests/: gRPC to a server on the loopback interface'
    'TemporalClientTests\.SecretsTests/`errors and logs: gRPC to a server on the loopback interface'
    'TemporalClientTests\.ClosedConnectionTests/`(a client ends|a provider of keys): gRPC to a server on the loopback interface'
    'TemporalWorkerTests\.(OutageTests|ClosedConnectionTests|BrokenConnectionTests|BoundaryFaultTests|ManyWorkersTests)/: gRPC to a server on the loopback interface'
    'TemporalWorkerTests\.EvictionTests/`ten thousand evictions: a process of its own'
    'TemporalTestServerCommandTests\.GRPCFrontendTests/(?!.*(the command line says|no rate limits)): gRPC to a server on the loopback interface'
    'DataRoutingTests\.TransmitServiceTests/: HTTP to a server on the loopback interface'
    'LoyaltyPointsTests\.ServiceTests/`a port that is in use: HTTP to a server on the loopback interface'
)
# What needs a real server, a Python or a built program leaves itself out.
unset TEMPORAL_ADDRESS TEMPORAL_PYTHON TEMPORAL_PROGRAM_TESTS
filter=()
if [[ ${1:-} == --filter ]]; then filter=(--filter "$2"); fi

if [[ $(uname) != Linux ]]; then
    echo "NOT CHECKED: sockets and programs can be denied on Linux only."
    exit 0
fi
if ! why=$(python3 "$deny" /bin/true 2>&1); then
    echo "NOT CHECKED: ${why:-system calls cannot be filtered here.}"
    exit 0
fi
# The filter does what it says.
python=$(python3 -c 'import os, sys; print(os.path.realpath(sys.executable))')
for attempt in 'import socket; socket.socket()' 'import os; os.execv("/bin/true", ["true"])'; do
    answer=$(python3 "$deny" "$python" -c "$attempt" 2>&1) || true
    if [[ $answer != *PermissionError* ]]; then
        echo "FAILED: the filter does not deny this: $attempt"
        exit 1
    fi
done
network=()
if unshare --net true 2>/dev/null; then
    network=(unshare --net)
else
    echo "NOT PERMITTED: a network namespace of its own. Sockets are denied all the same."
fi
tests=$(swift build --show-bin-path)/temporal-swiftPackageTests.xctest
all=$("$tests" --testing-library swift-testing --list-tests)
skip=()
for line in "${left_out[@]}"; do
    skip+=(--skip "^${line%: *}")
    count=$(grep -cP "^${line%: *}" <<<"$all") || { echo "FAILED: no test is left out by this line: $line"; exit 1; }
    echo "Left out: $count of ${line%%/*}, ${line##*: }"
done
exec ${network[@]+"${network[@]}"} python3 "$deny" "$tests" --testing-library swift-testing ${filter[@]+"${filter[@]}"} "${skip[@]}"
