#!/usr/bin/env bash
# Builds the program and the page side by side, fills a database with demo data where there is none yet, serves it, and
# prints how to use it. REPARTO_LISTEN and REPARTO_DATABASE_URL choose another address and another database.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/need.sh cc cargo curl

export REPARTO_LISTEN=${REPARTO_LISTEN:-127.0.0.1:8080}
export REPARTO_LOG=${REPARTO_LOG:-warn}
reparto=${CARGO_TARGET_DIR:-target}/debug/reparto

say() { echo "$*" >&2; }

# Where to ask what listens on any address of this machine.
port=${REPARTO_LISTEN##*:}
host=${REPARTO_LISTEN%:*}
case $host in 0.0.0.0) host=127.0.0.1 ;; '[::]') host='[::1]' ;; esac
url=http://$host:$port
# Said now, and not after minutes of building.
if (exec 3<>"/dev/tcp/${host//[\[\]]/}/$port") 2>/dev/null; then
    say "error: something listens on $REPARTO_LISTEN already; take another port: REPARTO_LISTEN=$host:$((port + 1)) make run"
    exit 1
fi

# A database other than the usual has accounts of its own.
folder=.demo
if [ -n "${REPARTO_DATABASE_URL:-}" ]; then
    folder=.demo/$(printf %s "$REPARTO_DATABASE_URL" | cksum | tr ' ' -)
else
    export REPARTO_DATABASE_URL=sqlite:$folder/reparto.db
    own=$folder/reparto.db
fi
mkdir -p "$folder"

#### Build ####

# What runs is ended with this script, however it ends; what does not end within five seconds is killed.
running=()
end() {
    local group tries
    for group in "${running[@]}"; do
        kill -TERM -- "-$group" 2>/dev/null || true
    done
    for group in "${running[@]}"; do
        for ((tries = 0; tries < 50; tries++)); do
            kill -0 -- "-$group" 2>/dev/null || break
            sleep 0.1
        done
        kill -KILL -- "-$group" 2>/dev/null || true
        wait "$group" 2>/dev/null || true
    done
    running=()
}
trap end EXIT
trap 'end; exit 130' INT
trap 'end; exit 143' TERM HUP

# Why the page is not built now; empty where it is. It is a convenience here: the API is served without it.
why_no_page() {
    if [ -f web/dist/index.html ] && [ -z "$(find web clients/typescript package-lock.json \
        \( -name node_modules -o -name dist \) -prune -o -type f -newer web/dist/index.html -print | head -n 1)" ]; then
        echo built
    elif ! command -v npm >/dev/null || ! command -v node >/dev/null; then
        echo "npm is missing"
    elif [ "$(node --version | sed 's/^v\([0-9]*\).*/\1/')" -lt 20 ]; then
        echo "Node.js $(node --version) is too old"
    fi
}
no_page=$(why_no_page)
if [ -n "$no_page" ] && [ "$no_page" != built ]; then
    instead="the API is served without it"
    [ ! -f web/dist/index.html ] || instead="it is served as it was built last"
    say "The page is not built, since $no_page: $instead. It needs Node.js 20 or newer (https://nodejs.org)."
fi

cores=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
if [ -x "$reparto" ]; then
    say "Building the program: seconds where little has changed."
else
    # What a first build takes on one processor, in minutes.
    first_build=10
    say "Building the program, with some 350 libraries this first time: about $(((first_build + cores - 1) / cores)) minutes on $cores processors."
fi
# The program finds the page in this folder at run time, if the folder was there when it was compiled.
mkdir -p web/dist
# In process groups of their own, so that all that they start ends with them.
set -m
cargo build -p reparto-cli >&2 &
program=$!
running+=("$program")
if [ -z "$no_page" ]; then
    say "Building the page beside it: about a minute."
    log=$folder/page.log
    rm -f "$log.failed"
    {
        # One failure ends both, at once.
        scripts/web.sh >"$log" 2>&1 || { touch "$log.failed"; kill -TERM -- "-$program" 2>/dev/null; exit 1; }
    } &
    page=$!
    running+=("$page")
fi
set +m
failed=0
wait "$program" 2>/dev/null || failed=$?
if [ -z "$no_page" ]; then
    [ "$failed" = 0 ] || kill -TERM -- "-$page" 2>/dev/null || true
    wait "$page" 2>/dev/null || true
    if [ -e "$log.failed" ]; then
        cat "$log" >&2
        say "error: the page could not be built (scripts/web.sh)"
        exit 1
    fi
fi
if [ "$failed" != 0 ]; then
    say "error: the program could not be built (cargo build -p reparto-cli)"
    exit 1
fi
running=()

#### Fill ####

accounts=$folder/accounts.txt
secret=$folder/password
if [ -n "${own:-}" ] && { [ ! -s "$accounts" ] || [ ! -s "$secret" ]; }; then
    # Made by half, where anything is there at all.
    rm -f "$own" "$own-wal" "$own-shm"
fi
if [ ! -s "$accounts" ] || { [ -n "${own:-}" ] && [ ! -s "$own" ]; }; then
    say "Filling the database with demo data"
    (umask 077 && od -An -N9 -tx1 /dev/urandom | tr -d ' \n' >"$secret")
    "$reparto" demo --opportunities 5000 --agents 12 --seed 1 --password-stdin <"$secret" >"$accounts.new"
    mv "$accounts.new" "$accounts"
fi
password=$(cat "$secret")

#### Serve ####

set -m
"$reparto" serve &
server=$!
set +m
running=("$server")
# Told to stop, it finishes what it is at: that is no failure.
trap 'end; exit 0' INT TERM
until curl -sf -o /dev/null "$url/readyz"; do
    # It has said why it could not start.
    kill -0 "$server" 2>/dev/null || exit 1
    sleep 0.1
done

field() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" | head -n 1; }
login="{\"email\":\"admin@example.org\",\"password\":\"$password\"}"
token=$(curl -sf "$url/api/auth/login" -H 'Content-Type: application/json' -d "$login" | field access_token) || token=
cat <<TEXT

$(cat "$accounts")
Password of all: $password

Serving $url   API pages: $url/api/docs   stop with Ctrl-C
TEXT
if [ -z "$token" ]; then
    say "The password of admin@example.org was changed since. Remove $folder to begin anew."
else
    api() { curl -sf -H "Authorization: Bearer $token" "$url$1"; }
    agent=$(api '/api/crm/users/responsibles' | tr '{' '\n' | grep '"role_name": *"agent"' | field id)
    ids=$(api '/api/crm/opportunities?status=pending&assigned_to=none&limit=3' | grep -o '"id": *"[^"]*","contact_id"' |
        sed 's/.*"id": *\("[^"]*"\).*/\1/' | paste -sd, -)
    cat <<TEXT

Sign in and bulk-assign three opportunities:

TOKEN=\$(curl -s $url/api/auth/login -H 'Content-Type: application/json' -d '$login' | sed 's/.*"access_token":"\([^"]*\)".*/\1/'); curl -s $url/api/crm/opportunities/bulk-assign -H "Authorization: Bearer \$TOKEN" -H 'Content-Type: application/json' -d '{"opportunity_ids":[$ids],"assigned_to_id":"$agent","notes":"from the command line"}'

TEXT
fi
wait "$server"
