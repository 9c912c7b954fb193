#!/usr/bin/env bash
# Holds the crates that k8s-wait-client is made of to .ci/client-dependencies.txt: it is pulled and started in every pod
# that waits, so what it carries is decided, not drifted into.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Never, whatever the list says: an async runtime, the Kubernetes client, TLS, and what else needs them.
never='^(tokio|futures|hyper|warp|kube|k8s-openapi|rustls|ring|openssl|native-tls|regex|chrono|jiff|k8s-wait-(lib|server|testkit))(-.*)?$'

# The names of the crates along the given edges, for every platform that the client is built for.
crates() {
    cargo tree --locked -p k8s-wait-client --edges "$1" --prefix none --format '{p}' \
        --target x86_64-unknown-linux-musl --target x86_64-unknown-linux-gnu \
        --target aarch64-unknown-linux-musl --target aarch64-unknown-linux-gnu |
        awk 'NF { print $1 }' | LC_ALL=C sort -u
}

linked=$(crates normal,no-proc-macro)
all=$(crates normal)
built_with=$(LC_ALL=C comm -13 <(echo "$linked") <(echo "$all") | sed 's/$/ (build time)/')
found=$(printf '%s\n%s\n' "$linked" "$built_with")
listed=$(sed '/^#/d' .ci/client-dependencies.txt)

if forbidden=$(grep -E "$never" <<<"$linked"); then
    echo "k8s-wait-client must never contain: ${forbidden//$'\n'/, }" >&2
    echo "'cargo tree -p k8s-wait-client --edges normal -i CRATE' tells who brings it." >&2
    exit 1
fi
if ! difference=$(diff <(echo "$listed") <(echo "$found")); then
    echo "The crates of k8s-wait-client are not those of .ci/client-dependencies.txt (> is new, < is gone):" >&2
    grep '^[<>]' <<<"$difference" >&2
    cat >&2 <<'END'
If that is not meant, 'cargo tree -p k8s-wait-client --edges normal -i CRATE' tells who brings a crate.
If it is: compare the sizes that k8s-wait-client/build-static.sh prints before and after, change the list in the same
commit, and give both sizes in its message.
END
    exit 1
fi
echo "k8s-wait-client links $(wc -l <<<"$linked") crates, all of them listed"
