#!/usr/bin/env bash
# Builds the program, fills a database with demo data where there is none yet, serves it, and prints how to use it.
# REPARTO_LISTEN and REPARTO_DATABASE_URL choose another address and another database.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/need.sh cc cargo curl

export REPARTO_LISTEN=${REPARTO_LISTEN:-127.0.0.1:8080}
export REPARTO_LOG=${REPARTO_LOG:-warn}
folder=.demo
mkdir -p "$folder"
export REPARTO_DATABASE_URL=${REPARTO_DATABASE_URL:-sqlite:$folder/reparto.db}
accounts=$folder/accounts.txt
secret=$folder/password

# The page is embedded in what is built next. It is a convenience here, so without npm the API is served alone.
if [ -f web/package.json ] && [ ! -d web/dist ] && command -v npm >/dev/null; then
    scripts/web.sh
fi
cargo build --quiet -p reparto-cli
reparto=${CARGO_TARGET_DIR:-target}/debug/reparto

if [ ! -s "$accounts" ] || { [ "$REPARTO_DATABASE_URL" = "sqlite:$folder/reparto.db" ] && [ ! -s "$folder/reparto.db" ]; }; then
    (umask 077 && od -An -N9 -tx1 /dev/urandom | tr -d ' \n' >"$secret")
    "$reparto" demo --opportunities 5000 --agents 12 --seed 1 --password-stdin <"$secret" >"$accounts.new"
    mv "$accounts.new" "$accounts"
fi
password=$(cat "$secret")

"$reparto" serve &
server=$!
trap 'kill "$server" 2>/dev/null || true' EXIT
trap 'kill "$server" 2>/dev/null || true; wait "$server" || true; exit 0' INT TERM
url=http://$REPARTO_LISTEN
until curl -sf -o /dev/null "$url/readyz"; do
    # It has said why it could not start.
    kill -0 "$server" 2>/dev/null || exit 1
    sleep 0.1
done

field() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" | head -n 1; }
login="{\"email\":\"admin@example.org\",\"password\":\"$password\"}"
token=$(curl -sf "$url/api/auth/login" -H 'Content-Type: application/json' -d "$login" | field access_token)
api() { curl -sf -H "Authorization: Bearer $token" "$url$1"; }
agent=$(api '/api/crm/users/responsibles' | tr '{' '\n' | grep '"role_name": *"agent"' | field id)
ids=$(api '/api/crm/opportunities?status=pending&assigned_to=none&limit=3' | grep -o '"id": *"[^"]*","contact_id"' |
    sed 's/.*"id": *\("[^"]*"\).*/\1/' | paste -sd, -)

cat <<TEXT

$(cat "$accounts")
Password of all: $password

Serving $url   API pages: $url/api/docs   stop with Ctrl-C

Sign in and bulk-assign three opportunities:

TOKEN=\$(curl -s $url/api/auth/login -H 'Content-Type: application/json' -d '$login' | sed 's/.*"access_token":"\([^"]*\)".*/\1/'); curl -s $url/api/crm/opportunities/bulk-assign -H "Authorization: Bearer \$TOKEN" -H 'Content-Type: application/json' -d '{"opportunity_ids":[$ids],"assigned_to_id":"$agent","notes":"from the command line"}'

TEXT
wait "$server"
