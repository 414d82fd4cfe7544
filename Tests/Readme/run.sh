#!/usr/bin/env bash
# Makes the package that README.md describes, of its code alone, and tests and builds it as its readers would; then that of the guide on
# the first workflow. What this package has resolved is taken from its build folder, so that nothing is downloaded.
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

# The package of the guide on the first workflow takes its place: the same manifest with one more program, and files of its own. What is
# built already stays. A block of Swift is the file that the paragraph before it names, below the imports that it names.
guide=Sources/Temporal/Temporal.docc/FirstWorkflow.md
rm -r "$shop/Sources" "$shop/Tests"
awk -v root="$shop" '
    function begin(text,   below, token) {
        if (!match(text, /`[^` ]+\/[^` ]+\.swift`/)) return
        file = root "/" substr(text, RSTART + 1, RLENGTH - 2)
        folder = file
        sub("/[^/]*$", "", folder)
        system("mkdir -p \"" folder "\"")
        print substr(file, length(root) + 2)
        below = index(text, "below")
        text = below ? substr(text, below) : ""
        while (match(text, /`[^`]+`/)) {
            token = substr(text, RSTART + 1, RLENGTH - 2)
            print (token ~ /import / ? token : "import " token) > file
            text = substr(text, RSTART + RLENGTH)
        }
    }
    /^```/ {
        isInside = !isInside
        file = ""
        if (isInside && $0 == "```swift") begin(paragraph != "" ? paragraph : last)
        paragraph = last = ""
        next
    }
    isInside { if (file != "") print > file; next }
    /^$/ { if (paragraph != "") last = paragraph; paragraph = ""; next }
    { paragraph = paragraph " " $0 }
' "$guide" >"$work/files"
echo "$guide has the files $(tr '\n' ' ' <"$work/files")"
for file in Sources/Shop/Orders.swift Sources/Shop/Purchasing.swift Sources/Shop/Worker.swift Sources/Shop/Buying.swift \
    Tests/ShopTests/PurchasingTests.swift; do
    grep -qxF "$file" "$work/files" || { echo "FAILED: $guide has no file $file"; exit 1; }
done

# The programs stand in its sentences.
program() {
    mkdir -p "$shop/Sources/$1"
    for line in "${@:3}"; do
        grep -qF "\`$line\`" "$guide" || { echo "FAILED: $guide does not have \`$line\`"; exit 1; }
    done
    printf '%s\n' $2 "${@:3}" | sed 's/^\([A-Za-z]*\)$/import \1/' >"$shop/Sources/$1/main.swift"
}
program shop-worker Shop 'try await runWorker()'
program shop-buy "Shop TemporalClient" 'print(try await buy(.connect(to: "127.0.0.1:7233")))'
target=$(grep -oE '`\.executableTarget\(name: "shop-buy"[^`]*`' "$guide" | tr -d '`')
awk -v target="$target," '{ print } /executableTarget\(name: "shop-worker"/ { print "        " target }' "$shop/Package.swift" >"$work/manifest"
cp "$work/manifest" "$shop/Package.swift"
grep -qF "$target" "$shop/Package.swift" || { echo "FAILED: the manifest has no target shop-buy"; exit 1; }
swift test --package-path "$shop" --skip-update 2>&1 | tee "$work/log"
grep -aq '^. Test run with 1 test .*passed' "$work/log" || { echo "FAILED: the test of $guide has not run"; exit 1; }
for product in shop-worker shop-buy; do swift build --package-path "$shop" --skip-update --product "$product"; done
