#!/usr/bin/env bash
# Generates Sources/TemporalAPI/Generated from the descriptors in the PyPI package `temporalio`.
# Usage: generate.sh [--check]      --check: change nothing, fail if the committed files differ
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"
python="$work/venv/bin/python"

(cd "$root" && swift build --product protoc-gen-swift >"$work/build.log" 2>&1) || { cat "$work/build.log" >&2; exit 1; }
generator="$(cd "$root" && swift build --show-bin-path)/protoc-gen-swift"

mkdir "$work/Generated"
"$python" "$here/generate.py" "$work"
"$generator" <"$work/request.bin" | "$python" "$here/generate.py" --response "$work/Generated"
mv "$work/ServiceMethods.swift" "$work/PayloadHolders.swift" "$work/Generated/"

if [[ ${1:-} == --check ]]; then
    diff -r "$work/Generated" "$here/../Generated" >"$work/diff" || { head -n 40 "$work/diff" >&2; echo "Sources/TemporalAPI/Generated is not what generate.sh makes: run it and commit." >&2; exit 1; }
else
    rm -rf "$here/../Generated"
    cp -R "$work/Generated" "$here/../Generated"
fi
