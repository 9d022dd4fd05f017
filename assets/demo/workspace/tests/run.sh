#!/bin/sh
# Runs every case, and fails if one of them does.
cd "$(dirname "$0")/.." || exit 2
failed=0

check() {
    got=$(sh slug.sh "$1")
    if [ "$got" = "$2" ]; then
        echo "ok    '$1' -> $got"
    else
        echo "FAIL  '$1': expected $2, got $got"
        failed=$((failed + 1))
    fi
}

check 'Hello' 'hello'
check 'Hello World' 'hello-world'
check 'Two  Spaces' 'two-spaces'

if [ "$failed" -gt 0 ]; then
    echo "$failed of 3 cases failed"
    exit 1
fi
echo "all 3 cases passed"
