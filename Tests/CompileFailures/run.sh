#!/usr/bin/env bash
# Compiles each file of this folder, and expects the error that its line `// error:` names; none in a file without the line.
# Needs the modules to be built.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
built=$(swift build --show-bin-path)
modules=$built/Modules
# The modules in C that ours import: those that have a map of their own, and those for which the build made one.
maps=()
while read -r map; do
    maps+=(-Xcc "-fmodule-map-file=$map")
done < <(find .build/checkouts/*/Sources -name module.modulemap; find -L "$built" -path '*[!l].build/module.modulemap')
failed=0
for file in Tests/CompileFailures/*.swift; do
    expected=$(sed -n 's|^// error: ||p' "$file")
    code=0
    output=$(swiftc -typecheck -swift-version 6 -I "$modules" ${maps[@]+"${maps[@]}"} "$file" 2>&1) || code=$?
    if [[ -z $expected ]]; then
        if ((code == 0)); then echo "$file: compiles"; continue; fi
        echo "$file: does not compile"
    elif ((code != 0)) && grep -qF "error: $expected" <<<"$output"; then
        echo "$file: $expected"
        continue
    else
        echo "$file: expected the error: $expected"
    fi
    echo "$output"
    failed=1
done
exit $failed
