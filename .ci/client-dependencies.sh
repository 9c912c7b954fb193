#!/usr/bin/env bash
# Holds the crates that k8s-wait-client is made of to .ci/client-dependencies.txt: it is pulled and started in every pod
# that waits, so what it carries is decided, not drifted into.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Never, whatever the list says: an async runtime, the Kubernetes client, and what else needs them; without the feature
# `tls` nothing of TLS either.
never='tokio|futures|hyper|warp|kube|k8s-openapi|openssl|native-tls|regex|chrono|jiff|k8s-wait-(lib|server|testkit)'
never_by_default='rustls|ring|webpki'

# The names of the crates along the given edges, for every platform that the client is built for.
crates() { # EDGES [FEATURES...]
    cargo tree --locked -p k8s-wait-client --edges "$1" "${@:2}" --prefix none --format '{p}' \
        --target x86_64-unknown-linux-musl --target x86_64-unknown-linux-gnu \
        --target aarch64-unknown-linux-musl --target aarch64-unknown-linux-gnu |
        awk 'NF { print $1 }' | LC_ALL=C sort -u
}

# Those of the second list that the first one does not have, marked.
besides() { # LIST LIST MARK
    LC_ALL=C comm -13 <(echo "$1") <(echo "$2") | sed "s/$/ ($3)/"
}

refuse() { # PATTERN LIST
    local forbidden
    if forbidden=$(grep -E "^($1)(-.*)?$" <<<"$2"); then
        echo "k8s-wait-client must never contain: ${forbidden//$'\n'/, }" >&2
        echo "'cargo tree -p k8s-wait-client --edges normal -i CRATE' tells who brings it." >&2
        exit 1
    fi
}

linked=$(crates normal,no-proc-macro)
with_tls=$(crates normal,no-proc-macro --features tls)
found=$linked
for more in "$(besides "$linked" "$(crates normal)" "build time")" "$(besides "$linked" "$with_tls" tls)"; do
    found+=$'\n'$more
done
listed=$(sed '/^#/d' .ci/client-dependencies.txt)

refuse "$never|$never_by_default" "$linked"
refuse "$never" "$with_tls"
if ! difference=$(diff <(echo "$listed") <(echo "$found")); then
    echo "The crates of k8s-wait-client are not those of .ci/client-dependencies.txt (> is new, < is gone):" >&2
    grep '^[<>]' <<<"$difference" >&2
    cat >&2 <<'END'
If that is not meant, 'cargo tree -p k8s-wait-client --edges normal -i CRATE' tells who brings a crate.
If it is: compare the sizes that `cargo xtask dist` prints before and after, change the list in the same
commit, and give both sizes in its message.
END
    exit 1
fi
echo "k8s-wait-client links $(wc -l <<<"$linked") crates, $(wc -l <<<"$with_tls") with TLS, all of them listed"
