#!/usr/bin/env bash
# Measures purchases at tills over HTTP on SQLite and on PostgreSQL, and beside them pgbench, which writes the same rows into the same
# tables of the same server and does nothing else. Makes a PostgreSQL of its own, that syncs, and throws it away. Prints the answer of
# `bonafide bench till` and the ratios.
#
#   BONAFIDE=FILE     a finished program, instead of a release build
#   MEMBERS=N         members of the book (5000)
#   PURCHASES=N       purchases of each run (5000)
#   TRANSFERS=N,…     measure again on SQLite when the ledger has grown to so many transfers (not at all)
set -euo pipefail
export LC_ALL=C

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(dirname "$here")"
members="${MEMBERS:-5000}"
purchases="${PURCHASES:-5000}"
seconds=15

if [[ -n "${BONAFIDE:-}" ]]; then
    bonafide="$BONAFIDE"
else
    (cd "$root" && cargo build --release --locked --package bonafide)
    bonafide="${CARGO_TARGET_DIR:-$root/target}/release/bonafide"
fi
# Where Debian keeps the newest, or where the path leads.
postgres="$(for one in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV) ${PATH//:/ }; do
    if [[ -x "$one/initdb" && -x "$one/pgbench" ]]; then echo "$one"; break; fi
done)"
if [[ -z "$postgres" ]]; then
    echo "PostgreSQL with pgbench is missing (Debian: apt install postgresql): without it only SQLite is measured" >&2
    exec "$bonafide" bench till --members "$members" --purchases "$purchases" ${TRANSFERS:+--transfers "$TRANSFERS"}
fi

# The server refuses to run as root.
as() { if [[ "$(id -u)" == 0 ]]; then (cd / && exec setpriv --reuid=postgres --regid=postgres --clear-groups "$@"); else "$@"; fi; }
scratch="$(mktemp -d)"
finish() {
    as "$postgres/pg_ctl" -D "$scratch/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$scratch"
}
trap finish EXIT
mkdir "$scratch/data"
if [[ "$(id -u)" == 0 ]]; then chown -R postgres "$scratch"; fi
as "$postgres/initdb" -D "$scratch/data" -U bench -A trust -E UTF8 --locale=C >"$scratch/log"
as "$postgres/pg_ctl" -D "$scratch/data" -l "$scratch/server.log" -w start \
    -o "-k '$scratch' -h '' -c max_connections=200 -c shared_buffers=512MB" >>"$scratch/log"
sql() { "$postgres/psql" -h "$scratch" -U bench -qAt -v ON_ERROR_STOP=1 "$@"; }
sql -d postgres -c "CREATE DATABASE book" -c "CREATE DATABASE keys"

socket="${scratch//\//%2F}"
answer="$scratch/answer.json"
"$bonafide" --json bench till --members "$members" --purchases "$purchases" ${TRANSFERS:+--transfers "$TRANSFERS"} \
    --postgres-book "postgres://bench@$socket/book" --postgres-keys "postgres://bench@$socket/keys" >"$answer"
cat "$answer"

# Its sample of a purchase, and its own numbers of wallets. What it writes lies beside what was measured before it.
sql -d book <<'SQL'
CREATE TABLE peer_wallets AS SELECT row_number() OVER (ORDER BY id) AS number, id AS wallet_id, member_id FROM wallets;
CREATE UNIQUE INDEX ON peer_wallets (number);
CREATE TABLE peer_sample AS SELECT p.*, a.detail_sealed FROM purchases p JOIN audit_entries a ON a.subject_id = p.id LIMIT 1;
CREATE SEQUENCE peer_places START 1000000000;
ANALYZE;
SQL
of_engine() { # ENGINE CLIENTS
    awk -v engine="\"$1\"" -v clients="$2" '
        $1 == "\"engine\":" { mine = $2 == engine "," }
        $1 == "\"clients\":" { mine = mine && $2 == clients "," }
        $1 == "\"purchases_per_s\":" && mine { sub(/,$/, "", $2); print $2; exit }' "$answer"
}
echo
printf '%-10s%16s%16s%16s%22s%22s\n' clients "SQLite, /s" "PostgreSQL, /s" "pgbench, /s" "SQLite / pgbench" "PostgreSQL / pgbench"
for clients in 1 16 64; do
    peer="$("$postgres/pgbench" -h "$scratch" -U bench -n -M prepared -f "$here/till.pgbench" -D "wallets=$members" \
        -c "$clients" -j "$((clients < 2 ? 1 : 2))" -T "$seconds" book 2>"$scratch/pgbench.log" |
        sed -n "s/^tps = \([0-9.]*\).*/\1/p")" || true
    [[ -n "$peer" ]] || { cat "$scratch/pgbench.log" >&2; exit 1; }
    awk -v clients="$clients" -v sqlite="$(of_engine sqlite "$clients")" -v server="$(of_engine postgres "$clients")" -v peer="$peer" \
        'BEGIN { printf "%-10d%16.0f%16.0f%16.0f%22.2f%22.2f\n", clients, sqlite, server, peer, sqlite / peer, server / peer }'
done
