#!/usr/bin/env bash
# Runs the tests of everything that is to work without a network, with neither sockets nor other programs: in a network
# namespace of its own if that is permitted, and with a filter of system calls in any case. Needs the tests to be built.
# Usage: run.sh [--filter NAMES]     (default: all of them)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
deny=Tests/Isolation/deny.py
# What needs no socket. Client, command and samples have tests that talk over the loopback interface.
modules='TemporalTests|TemporalMacrosTests|TemporalTestServerTests|TemporalWorkerTests|TemporalTestingTests|TemporalTracingTests|ConformanceTests'
unset TEMPORAL_ADDRESS
names=
if [[ ${1:-} == --filter ]]; then names="(?=.*($2))"; fi

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
# These have a server on the loopback interface, or a process of their own.
exec ${network[@]+"${network[@]}"} python3 "$deny" "$tests" --testing-library swift-testing --filter "^$names($modules)\\." \
    --skip '\.(OutageTests|ClosedConnectionTests|BrokenConnectionTests|BoundaryFaultTests|ManyWorkersTests)/' --skip 'ten thousand evictions'
