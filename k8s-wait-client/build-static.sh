#!/usr/bin/env bash
# Builds the static client for this machine's architecture and prints its path; what kind and size it is goes to
# stderr. With musl where the toolchain has that target (`rustup target add x86_64-unknown-linux-musl`), else with
# static glibc, which is larger but behaves the same in an image without /etc/nsswitch.conf (FROM scratch).
# CARGO_TARGET_DIR is honoured. Arguments go to cargo: `--features tls` makes the one that speaks https.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

arch=$(uname -m)
musl=$arch-unknown-linux-musl
gnu=$arch-unknown-linux-gnu

has_musl() {
    if command -v rustup >/dev/null; then
        rustup target list --installed | grep -qx "$musl"
    else
        [ -d "$(rustc --print sysroot)/lib/rustlib/$musl/lib" ]
    fi
}

if has_musl; then
    target=$musl
else
    target=$gnu
    export RUSTFLAGS="${RUSTFLAGS:-} -C target-feature=+crt-static"
fi

cargo build --locked --profile client -p k8s-wait-client --target "$target" "$@" >&2
directory=${CARGO_TARGET_DIR:-target}
path=$(realpath "$directory/$target/client/k8s-wait-client")

if command -v file >/dev/null; then
    file --brief "$path" >&2
fi
echo "$(stat -c %s "$path") bytes" >&2
echo "$path"
