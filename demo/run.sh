#!/usr/bin/env bash
# Enrols the photos of the repository, identifies others, writes the report, takes a salon's list into a book, and runs a day of
# it. Everything lands in out/demo.
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
    "$bonafide" members search "$text" "${book[@]}" | sed -n 2p
done

echo
echo "8. A branch, a plan, a membership that rests for a week, a bracelet that is found in any spelling."
"$bonafide" organisation branches add Mitte --time-zone Europe/Berlin --currency EUR --jurisdiction european-union:16 \
    --language en --hours 'daily 07:00-23:00' "${book[@]}"
"$bonafide" plans add Month --price '49.90 EUR' --months 1 --freezes 2 --freeze-days 30 --guests 1 \
    --cancellation by-unused-days "${book[@]}" >/dev/null
"$bonafide" memberships sell 0 Month "${book[@]}" >/dev/null
"$bonafide" memberships freeze 0 --days 7 "${book[@]}"
"$bonafide" credentials issue 0 bracelet --number 04:A2:3B:1C --spelling hex "${book[@]}" >/dev/null
"$bonafide" members search 1C3BA204 "${book[@]}"

echo
echo "9. A photo is refused without a consent, and kept with one; the card that the member carries; all that is stored about him."
"$bonafide" members photo 0 "$photos/president/obama.jpg" "${book[@]}" || true
printf 'We keep your photo, so that the reception sees that it is you. You may say no.' > "$out/photo-text.txt"
"$bonafide" consents texts add "$out/photo-text.txt" --about profile_photo/staff_viewing --language en "${book[@]}" >/dev/null
"$bonafide" consents give 0 profile_photo/staff_viewing --channel electronic-signature --evidence 'tablet 12' "${book[@]}"
"$bonafide" members photo 0 "$photos/president/obama.jpg" "${book[@]}"
"$bonafide" members card 0 --out "$out/card.html" "${book[@]}"
"$bonafide" export member 0 --out "$out/member-0.zip" "${book[@]}"

echo
echo "10. Erased means erased: the keys, the rows, a certificate. And the trace is whole."
"$bonafide" erase 3 --yes "${book[@]}"
"$bonafide" audit show --limit 5 "${book[@]}"
"$bonafide" audit verify "${book[@]}"
"$bonafide" store check "${book[@]}"

echo
echo "Look at:"
echo "   $out/seen.png              boxes, landmarks and quality, drawn on the photo"
echo "   $out/report/report.html    the report (six photos only: run it on your own for figures that mean something)"
echo "   $out/held-back.csv         rows of the list that somebody has to mend"
echo "   $out/card.html             the card of a member, to be printed: front and back"
echo "   $out/member-0.zip          everything that is stored about one member, with the photo"
