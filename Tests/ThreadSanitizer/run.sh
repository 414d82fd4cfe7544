#!/usr/bin/env bash
# Builds the tests with the thread sanitizer, in a folder of their own, and runs those of the client, the runtime and the
# service: any race that is found fails it. On Linux it also builds and preloads mutex.c, without which the sanitizer takes
# each contended mutex for a race.
# Usage: run.sh [FILTER]     (default: the modules below, without the suites that have a gRPC server)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
filter=${1:-'^(TemporalTests|TemporalClientTests|TemporalWorkerTests|TemporalTestServerTests|TemporalTestingTests|TemporalTracingTests|ConformanceTests)\.'}
# In these, a race is reported between a future of NIO that ends and the gRPC server's task that goes on with its value. Swift's
# runtime, which hands the value over, was built without the sanitizer.
skip=(--skip '\.(ClosedConnectionTests|GRPCConnectionTests|MovedServerTests|ProxyTests|SecretsTests|TLSTests)/')
(($#)) && skip=()
options=(--sanitize=thread --scratch-path .build-thread)
unset TEMPORAL_ADDRESS
# Programs are slow with it: few tests at a time, so that none waits too long for its turn.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=${SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH:-4}
export TSAN_OPTIONS="exitcode=66 history_size=5 ${TSAN_OPTIONS:-}"

swift build --product temporal-swiftPackageTests "${options[@]}"
built=$(swift build --show-bin-path "${options[@]}")
preload=()
if [[ $(uname) == Linux ]]; then
    clang -shared -fPIC -O1 -o "$built/mutex.so" Tests/ThreadSanitizer/mutex.c -ldl
    preload=(env "LD_PRELOAD=$built/mutex.so")
fi
${preload[@]+"${preload[@]}"} "$built/temporal-swiftPackageTests.xctest" --testing-library swift-testing \
    --filter "$filter" ${skip[@]+"${skip[@]}"}
