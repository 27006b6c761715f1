#!/usr/bin/env bash
# Enrols the photos of the repository, identifies others, writes the report, and takes a salon's list into a book. Everything
# lands in out/demo.
set -euo pipefail
cd "$(dirname "$0")/.."

out=out/demo
rm -rf "$out"
mkdir -p "$out/members/President" "$out/visitors" "$out/people"

echo "Building the program (the first time takes some minutes) ..."
cargo build --release --locked -p bonafide
bonafide="${CARGO_TARGET_DIR:-target}/release/bonafide"

photos=fixtures/photos
cp "$photos/president/obama.jpg" "$photos/president/obama3.jpg" "$photos/president/obama_partial_face.jpg" \
    "$out/members/President/"
cp "$photos/president/obama2.jpg" "$out/visitors/the-president-again.jpg"
cp "$photos/vice_president/biden.jpg" "$out/visitors/somebody-else.jpg"
printf 'not a photo' > "$out/visitors/not-a-photo.jpg"

echo
echo "1. Enrol one member from three photos (one of them is not good enough); the gallery is sealed with a key file."
"$bonafide" faces enrol "$out/members" --gallery "$out/club.faces" --key-file "$out/club.key"

echo
echo "2. Who is at the door?"
for photo in "$out"/visitors/*.jpg; do
    printf '   %-32s ' "$(basename "$photo")"
    "$bonafide" faces identify "$photo" --gallery "$out/club.faces" --key-file "$out/club.key" 2>&1 || true
done

echo
echo "3. Do two photos show one person?"
"$bonafide" faces verify "$photos/president/obama.jpg" "$photos/president/obama3.jpg"

echo
echo "4. What the program sees in a photo:"
"$bonafide" faces inspect "$out/visitors/the-president-again.jpg" --out "$out/seen.png"

echo
echo "5. How far it can be trusted: the report."
cp -r "$photos/president" "$out/people/President"
mkdir -p "$out/strangers"
cp "$photos/vice_president/biden.jpg" "$out/strangers/"
"$bonafide" faces evaluate --members "$out/people" --enrol 2 --strangers "$out/strangers" \
    --report "$out/report" --json "$out/evaluation.json"

echo
echo "6. A salon's list becomes a book: sealed, traced. First what it would do, then for real, then once more."
book=(--data "$out/book" --key-file "$out/book.key")
"$bonafide" init "${book[@]}"
"$bonafide" import members demo/salon.csv "${book[@]}"
"$bonafide" import members demo/salon.csv --apply --errors "$out/held-back.csv" "${book[@]}"
"$bonafide" import members demo/salon.csv --apply "${book[@]}"

echo
echo "7. Who is it? In any alphabet, with a typo, by the end of a phone."
for text in ivanova wangxiaoming "smyth john" 6789; do
    printf '   %-14s ' "$text"
    "$bonafide" members search "$text" "${book[@]}" | sed -n 1p
done
"$bonafide" audit verify "${book[@]}"
"$bonafide" store check "${book[@]}"

echo
echo "Look at:"
echo "   $out/seen.png              boxes, landmarks and quality, drawn on the photo"
echo "   $out/report/report.html    the report (six photos only: run it on your own for figures that mean something)"
echo "   $out/held-back.csv         rows of the list that somebody has to mend"
