#!/bin/sh
# Judges the NEON kernel on a machine without NEON: runs examples/agree.rs as an aarch64 program in an emulator.
# With `--tests` it runs all tests of the crate instead; for that the emulator must be able to start threads, which
# qemu 7.2 cannot do on every kernel (it then hangs in pthread_create).
#
# Needs a Rust compiler with the aarch64 standard library, a linker and an emulator. On Debian:
#   dpkg --add-architecture arm64 && apt-get update
#   apt-get install rustc-web libstd-rust-web-dev:arm64 gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user
#
# RUSTC names the compiler, by default Debian's; any of at least the workspace's version will do.
set -eu
cd "$(dirname "$0")"

RUSTC="${RUSTC:-/usr/bin/rustc}"
CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-../../target}/neon"
CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="qemu-aarch64 -L /usr/aarch64-linux-gnu"
export RUSTC CARGO_TARGET_DIR
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER

target="--package bonafide-gallery --target aarch64-unknown-linux-gnu"
case "${1-}" in
--tests) exec cargo test $target ;;
*) exec cargo run $target --example agree ;;
esac
