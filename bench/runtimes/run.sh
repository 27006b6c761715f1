#!/usr/bin/env bash
# Prints the table of docs/decisions/0002-inference-runtime.md: the two shipped networks in each runtime, one thread, on
# the pixels of the first frame with a face. The runtimes take turns. tract takes 5 to 10 minutes to build, once.
#
#   PHOTOS=DIR        photos to make the inputs of (fixtures/photos)
#   ROUNDS=N          how often the runtimes take turns (5)
#   RUNS=N            runs of each network in each round (40)
#   BENCH_VENV=DIR    a Python environment with bench/requirements.txt, instead of a throw-away one
#   BONAFIDE=FILE     a finished program, instead of a release build
set -euo pipefail
export LC_ALL=C

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(dirname "$(dirname "$here")")"
photos="${PHOTOS:-$root/fixtures/photos}"
rounds="${ROUNDS:-5}"
runs="${RUNS:-40}"

scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT

if [[ -n "${BENCH_VENV:-}" ]]; then
    python="$BENCH_VENV/bin/python"
else
    "$root/bench/venv.sh" "$scratch/venv"
    python="$scratch/venv/bin/python"
fi
if [[ -n "${BONAFIDE:-}" ]]; then
    bonafide="$BONAFIDE"
else
    (cd "$root" && cargo build --release --locked --package bonafide)
    bonafide="${CARGO_TARGET_DIR:-$root/target}/release/bonafide"
fi

built="${CARGO_TARGET_DIR:-$here/target}/release/bonafide-bench-runtimes"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$here/target}"
cargo build --release --locked --manifest-path "$here/Cargo.toml"
cp "$built" "$scratch/system"
cargo build --release --locked --manifest-path "$here/Cargo.toml" --features mimalloc
cp "$built" "$scratch/mimalloc"

# The frames of the benchmark, and the networks' inputs made of the first one.
"$bonafide" --json bench faces "$photos" --runs 1 --frames "$scratch/frames" >/dev/null
"$python" "$root/bench/peer.py" inputs --frames "$scratch/frames" --target "$scratch"
"$python" "$root/bench/peer.py" fold "$root/models/face_detection_yunet_2023mar_int8bq.onnx" \
    "$scratch/yunet.onnx" --height 192 --width 320
"$python" "$root/bench/peer.py" fold "$root/models/face_recognition_sface_2021dec_int8bq.onnx" "$scratch/sface.onnx"

for ((round = 1; round <= rounds; round++)); do
    echo "round $round of $rounds, load $(uptime | sed 's/.*average[s]*: *//')" >&2
    "$python" "$root/bench/peer.py" runtimes --folder "$scratch" --runs "$runs"
    for runtime in rten tract; do
        "$scratch/system" "$runtime" "$scratch" "$runs"
        "$scratch/mimalloc" "$runtime" "$scratch" "$runs"
    done
done >"$scratch/lines.tsv"

# The middle of the rounds' medians, and the least of all times.
awk -F '\t' '
    function median(name, column,    n, i, j, x, list) {
        n = count[name]
        for (i = 1; i <= n; i++) { x = value[name, i, column]
                                   for (j = i - 1; j > 0 && list[j] > x; j--) list[j + 1] = list[j]
                                   list[j + 1] = x }
        return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
    }
    function least(name, column,    i, x) {
        x = value[name, 1, column]
        for (i = 2; i <= count[name]; i++) if (value[name, i, column] < x) x = value[name, i, column]
        return x
    }
    !($1 in count) { names[++rows] = $1 }
    { n = ++count[$1]; for (i = 2; i <= 6; i++) value[$1, n, i] = $i + 0 }
    END {
        print "| runtime | YuNet 192×320 p50 | min | SFace 112×112 p50 | min | cosine to onnxruntime |"
        print "| --- | --- | --- | --- | --- | --- |"
        for (i = 1; i <= rows; i++) { name = names[i]
            printf "| %s | %.1f ms | %.1f ms | %.1f ms | %.1f ms | %.6f |\n", name, median(name, 2), least(name, 3),
                   median(name, 4), least(name, 5), value[name, 1, 6] }
    }' "$scratch/lines.tsv"
