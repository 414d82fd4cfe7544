#!/usr/bin/env bash
# Makes the package that README.md describes, of its code alone, and tests and builds it as its readers would. What this
# package has resolved is taken from its build folder, so that nothing is downloaded.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
root=$PWD
# Beside the build, so that its files can be linked.
work=$(mktemp -d "$root/.build/readme.XXXXXX")
trap 'rm -rf "$work"' EXIT
shop=$work/shop
mkdir -p "$shop/.build"
ln -s "$root" "$work/temporal-swift"

# A block of Swift is the file whose path ends the text before it: "…, in `Sources/Shop/Worker.swift`:".
awk -v root="$shop" '
    /^```/ {
        isInside = !isInside
        file = isInside && $0 == "```swift" && path != "" ? root "/" path : ""
        if (file != "") {
            folder = file
            sub("/[^/]*$", "", folder)
            system("mkdir -p \"" folder "\"")
            print path
        }
        path = ""
        next
    }
    isInside { if (file != "") print > file; next }
    /[^ ]/ { path = match($0, /`[^` ]+`:$/) ? substr($0, RSTART + 1, RLENGTH - 3) : "" }
' README.md >"$work/files"
echo "README.md has the files $(tr '\n' ' ' <"$work/files")"
for file in Package.swift Sources/Shop/Subscription.swift Sources/Shop/Worker.swift Sources/shop-worker/main.swift \
    Tests/ShopTests/SubscriptionTests.swift; do
    grep -qxF "$file" "$work/files" || { echo "FAILED: README.md has no file $file"; exit 1; }
done

cp Package.resolved "$shop/"
cp .build/workspace-state.json "$shop/.build/"
for folder in checkouts repositories; do cp -al ".build/$folder" "$shop/.build/"; done
swift test --package-path "$shop" --skip-update 2>&1 | tee "$work/log"
grep -aq '^. Test run with 1 test .*passed' "$work/log" || { echo "FAILED: the test of README.md has not run"; exit 1; }
swift build --package-path "$shop" --skip-update --product shop-worker
