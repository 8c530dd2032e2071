#!/usr/bin/env bash
# Installs Reparto's Debian package on this machine, uses it, upgrades it, removes it and purges it, and looks after each
# step at what must hold. For a machine (or container) that has no Reparto: it refuses any other.
#   scripts/try-package.sh OLDER.deb NEWER.deb
set -euo pipefail
older=${1:?usage: scripts/try-package.sh OLDER.deb NEWER.deb}
newer=${2:?usage: scripts/try-package.sh OLDER.deb NEWER.deb}
settings=/etc/reparto/reparto.env
data=/var/lib/reparto
unit=/usr/lib/systemd/system/reparto.service

step() { echo; echo "== $*"; }
fail() { echo "FAILED: $*" >&2; exit 1; }
same() { [ "$2" = "$3" ] || fail "$1: expected $3, found $2"; echo "ok: $1: $3"; }
[ "$(id -u)" = 0 ] || fail "root installs packages"
if [ -e "$settings" ] || [ -e "$data" ] || getent passwd reparto >/dev/null; then
    fail "this machine has or had a Reparto: it is left alone"
fi

booted() { [ -d /run/systemd/system ]; }
process=
# As the unit has it: its account, its settings, its folder. Where systemd does not run, by hand.
start() {
    if booted; then
        systemctl is-active --quiet reparto || systemctl start reparto
    else
        (cd "$data" && set -a && . "$settings" && set +a && umask 0077 &&
            exec setpriv --reuid reparto --regid reparto --init-groups --no-new-privs --bounding-set=-all \
                "$(sed -n 's/^ExecStart=//p' "$unit" | cut -d' ' -f1)" serve) &
        process=$!
    fi
    for _ in $(seq 300); do
        curl -sf -o /dev/null "$url/readyz" && return
        sleep 0.1
    done
    fail "it does not answer"
}
stop() {
    if booted; then
        systemctl stop reparto
    elif [ -n "$process" ]; then
        kill "$process" && wait "$process"
        process=
    fi
}
clean() {
    [ -z "$process" ] || kill "$process" 2>/dev/null || true
    dpkg --purge reparto >/dev/null 2>&1 || true
    # The package leaves its account, as it should; this machine had none.
    ! getent passwd reparto >/dev/null || deluser --quiet --system reparto >/dev/null 2>&1
    ! getent group reparto >/dev/null || delgroup --quiet --system reparto
}
trap clean EXIT

# A command of reparto's, as its account and with its settings.
as_reparto() { (cd "$data" && set -a && . "$settings" && set +a && umask 0077 && exec runuser -u reparto -- reparto "$@"); }
password='a password to try with'
login="{\"email\":\"admin@example.org\",\"password\":\"$password\"}"
field() { sed -n "s/.*\"$1\": *\"\{0,1\}\([^\",}]*\).*/\1/p" | head -n 1; }
token() { curl -sf "$url/api/auth/login" -H 'Content-Type: application/json' -d "$login" | field access_token; }
api() { curl -sf -H "Authorization: Bearer $(token)" "$url$1" "${@:2}"; }
held() { api '/api/crm/opportunities?status=assigned&limit=1' | sed 's/.*"total": *\([0-9]*\).*/\1/'; }

step "install $older"
dpkg -i "$older"
same "settings" "$(stat -c '%U:%G %a' $settings)" "root:reparto 640"
same "data" "$(stat -c '%U:%G %a' $data)" "reparto:reparto 750"
same "account's shell" "$(getent passwd reparto | cut -d: -f7)" "/usr/sbin/nologin"
dpkg-query -W -f '${Conffiles}\n' reparto | grep -q "$settings" || fail "the settings are no conffile"
if command -v systemd-analyze >/dev/null; then
    # Of other units it says what it will; of ours, nothing.
    same "the unit, verified" "$(systemd-analyze verify "$unit" 2>&1 | grep -c 'reparto' || true)" 0
    systemd-analyze security --no-pager --offline=true "$unit" | tail -n 1
fi

step "change the settings, start, use"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
url=http://127.0.0.1:$port
sed -i "s/^REPARTO_LISTEN=.*/REPARTO_LISTEN=127.0.0.1:$port/" $settings
! booted || systemctl restart reparto
printf '%s' "$password" | as_reparto demo --opportunities 200 --agents 3 --seed 1 --password-stdin >/dev/null
start
same "database" "$(stat -c '%U:%G %a' $data/reparto.db)" "reparto:reparto 600"
before=$(held)
agent=$(api /api/crm/users/responsibles | tr '{' '\n' | grep '"role_name": *"agent"' | field id)
ids=$(api '/api/crm/opportunities?status=pending&assigned_to=none&limit=3' |
    grep -o '"id": *"[^"]*","contact_id"' | sed 's/.*"id": *\("[^"]*"\).*/\1/' | paste -sd, -)
api /api/crm/opportunities/bulk-assign -H 'Content-Type: application/json' \
    -d "{\"opportunity_ids\":[$ids],\"assigned_to_id\":\"$agent\"}" | grep -q '"assigned_count": *3' || fail "bulk-assign"
same "assigned" "$(held)" $((before + 3))

step "upgrade to $newer"
# By hand as systemd does it: the new program takes the old one's place after the installation.
dpkg -i "$newer" </dev/null
same "version" "$(dpkg-query -W -f '${Version}' reparto)" "$(dpkg-deb -f "$newer" Version)"
same "settings that were changed" "$(sed -n 's/^REPARTO_LISTEN=//p' $settings)" "127.0.0.1:$port"
booted || stop
start
same "the program that answers" "$(api /metrics | sed -n 's/.*reparto_build_info{.*version="\([^"]*\)".*/\1/p')" \
    "$(reparto --version | cut -d' ' -f2)"
same "assigned, after the upgrade" "$(held)" $((before + 3))
as_reparto check
reparto health --listen "127.0.0.1:$port" --ready

step "remove"
booted || stop
dpkg --remove reparto
[ ! -e /usr/bin/reparto ] || fail "the program is still there"
! curl -sf -o /dev/null "$url/healthz" || fail "it still answers"
same "settings are kept" "$(sed -n 's/^REPARTO_LISTEN=//p' $settings)" "127.0.0.1:$port"
[ -s $data/reparto.db ] || fail "the data is gone"
echo "ok: the data is kept"

step "install again"
dpkg -i "$newer" </dev/null
start
same "assigned, as before the removal" "$(held)" $((before + 3))
stop

step "purge"
dpkg --purge reparto
for gone in /etc/reparto $data $unit /usr/bin/reparto /usr/share/reparto; do
    [ ! -e "$gone" ] || fail "$gone is still there"
done
echo "ok: nothing is left but the account"
getent passwd reparto >/dev/null || fail "the account is gone: its number could be given to another"

echo
echo "All of it holds."
