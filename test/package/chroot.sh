#!/usr/bin/env bash
# chroot.sh DEB CHROOT [OLD_PROGRAM]: installs the package in a fresh copy of a debootstrap root without systemd, starts the
# service as its unit does, runs a plan, upgrades a data directory of OLD_PROGRAM, refuses a newer one, removes, purges. Says
# what is there before and after. Root, and a network for the packages it depends on. By hand; takes a minute or two.
#   debootstrap --variant=minbase bookworm /srv/clean && test/package/chroot.sh build/release/hil-scheduler_*.deb /srv/clean
set -euo pipefail
deb=$(readlink -f "$1") clean=$(readlink -f "$2") old=${3-}
root=$clean.work
failed=0

say() { printf '== %s\n' "$*"; }
expect() { # SENTENCE COMMAND...
    local sentence=$1
    shift
    if "$@" >/dev/null 2>&1; then say "ok: $sentence"; else say "NOT: $sentence" && failed=1; fi
}
in_root() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@"; }
# As the unit starts it: its user, environment, directory and command line.
unit=$root/lib/systemd/system/hil-scheduler.service
start_service() { # LOG [MORE ARGUMENTS]
    local log=$1 command environment
    shift
    command=$(sed -n 's/^ExecStart=//p' "$unit")
    environment=$(sed -n 's/^Environment=//p' "$unit" | tr '\n' ' ')
    setpriv --version >/dev/null
    # shellcheck disable=SC2086
    chroot "$root" /usr/bin/setpriv --reuid hil-scheduler --regid hil-scheduler --clear-groups \
        /usr/bin/env -i PATH=/usr/bin:/bin $environment sh -c "cd /var/lib/hil-scheduler && exec $command $*" >"$log" 2>&1 &
    service=$!
}
wait_for_dashboard() {
    for _ in $(seq 300); do
        curl -fs http://127.0.0.1:8050/api/v1/status >/dev/null 2>&1 && return 0
        sleep 0.1
    done
    return 1
}
stop_service() {
    kill -TERM "$service"
    wait "$service"
}
listing() { (cd "$root" && find . -xdev \( -path ./proc -o -path ./sys -o -path ./var/lib/apt -o -path ./var/cache -o -path ./var/lib/dpkg -o -path ./var/log/apt \) -prune -o -print | sort); }
cleanup() {
    [[ -n ${service-} ]] && kill -TERM "$service" 2>/dev/null && wait "$service" 2>/dev/null
    for m in dev/shm dev proc; do umount "$root/$m" 2>/dev/null || true; done
}
trap cleanup EXIT

rm -rf "$root"
cp -a "$clean" "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/dev"
mknod -m 666 "$root/dev/null" c 1 3
mknod -m 666 "$root/dev/urandom" c 1 9
mknod -m 666 "$root/dev/random" c 1 8
mknod -m 666 "$root/dev/zero" c 1 5
ln -s /proc/self/fd "$root/dev/fd"
mkdir "$root/dev/shm"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
cp /etc/resolv.conf "$root/etc/resolv.conf"
cp "$deb" "$root/tmp/hil.deb"

say "packages it depends on (before the clock runs)"
depends=$(dpkg-deb -f "$deb" Depends | sed 's/([^)]*)//g; s/|[^,]*//g; s/,/ /g')
# shellcheck disable=SC2086
in_root apt-get install -y --no-install-recommends $depends >/tmp/chroot-depends.log 2>&1
listing >/tmp/chroot-before.list

began=$(date +%s%N)
in_root dpkg -i /tmp/hil.deb | tail -4
listing >/tmp/chroot-installed.list
expect "nothing was started" test -z "$(pgrep -f 'hil_scheduler run' || true)"
expect "the configuration is the group's and hidden from others" test "$(chroot "$root" stat -c %a-%G /etc/hil-scheduler/hil.json)" = 640-hil-scheduler
start_service /tmp/chroot-run.log
expect "the dashboard answers" wait_for_dashboard
say "from package to dashboard: $((($(date +%s%N) - began) / 1000000)) ms"
expect "the page is served" bash -c "curl -fs http://127.0.0.1:8050/ | grep -q '<div id=\"app\"'"

say "a plan is run"
post() { curl -fsS -X "$1" -H 'Content-Type: application/json' -d "$3" "http://127.0.0.1:8050$2" >/dev/null || say "NOT: $1 $2"; }
post PUT /api/v1/schedules/lib_p "{\"rows\":[{\"time\":\"$(date -u -d '-1 min' +%FT%TZ)\",\"value\":100}],\"end\":\"$(date -u -d '+30 min' +%FT%TZ)\"}"
for kind in '"schedule.activate","series":"lib_p"' '"plant.record_start","plant":"lib"' '"plant.start","plant":"lib"' '"plant.dispatch_enable","plant":"lib"'; do
    post POST /api/v1/commands "{\"kind\":$kind}"
    sleep 2
done
for _ in $(seq 200); do
    power=$(curl -fs http://127.0.0.1:8050/api/v1/status | python3 -c 'import json,sys; print(json.load(sys.stdin)["plants"]["lib"]["latest"]["battery_active_power_kw"] or 0)' 2>/dev/null || echo 0)
    [[ ${power%.*} == 100 || ${power%.*} == 99 ]] && break
    sleep 0.2
done
say "lib gives $power kW"
expect "the plant follows" test "${power%.*}" -ge 99
say "a backup while it runs, restored beside"
in_root hil_scheduler backup /tmp/b.tar
in_root hil_scheduler restore /tmp/b.tar --data-dir /tmp/restored
say "doctor"
in_root hil_scheduler doctor | sed 's/^/   /' || true
say "removing stops the plants first"
in_root dpkg -r hil-scheduler | tail -3
wait "$service" && say "ok: the service ended well" || { say "NOT: the service ended with $?"; failed=1; }
service=
expect "lib was stopped" grep -q "lib stopped" /tmp/chroot-run.log
listing >/tmp/chroot-removed.list
expect "the program is gone" test ! -e "$root/usr/bin/hil_scheduler"
expect "recordings and configuration stay" test -e "$root/var/lib/hil-scheduler/hil.sqlite" -a -e "$root/etc/hil-scheduler/hil.json"

if [[ -n $old ]]; then
    say "a data directory of an older program"
    rm -rf /tmp/chroot-old && mkdir /tmp/chroot-old
    "$old" run --config "$(dirname "$0")/../../etc/hil.json" --data-dir /tmp/chroot-old --start --record --headless --duration 20s >/tmp/chroot-old.log 2>&1 ||
        "$old" run --data-dir /tmp/chroot-old --start --record --headless --duration 20s >/tmp/chroot-old.log 2>&1 || true
    rm -rf "$root/var/lib/hil-scheduler"
    cp -a /tmp/chroot-old "$root/var/lib/hil-scheduler"
    in_root dpkg -i /tmp/hil.deb | tail -2
    chroot "$root" chown -R hil-scheduler:hil-scheduler /var/lib/hil-scheduler
    start_service /tmp/chroot-upgraded.log
    expect "it starts on the older database" wait_for_dashboard
    rows=$(in_root hil_scheduler export --plant lib 2>/dev/null | wc -l)
    say "rows of history: $rows"
    expect "the older rows are there" test "$rows" -gt 3
    in_root dpkg -i /tmp/hil.deb | tail -3
    expect "an upgrade did not touch what runs" kill -0 "$service"
    stop_service
    service=
    say "a database of a newer program"
    chroot "$root" /bin/sh -c true
    python3 - "$root/var/lib/hil-scheduler/hil.sqlite" <<'P'
import sqlite3, sys
c = sqlite3.connect(sys.argv[1]); c.execute("UPDATE schema_versions SET number = number + 1 WHERE owner = 'history'"); c.commit()
P
    start_service /tmp/chroot-newer.log
    wait "$service" && code=0 || code=$?
    service=
    say "exit $code: $(tail -1 /tmp/chroot-newer.log)"
    expect "it is refused with a sentence" grep -q "start the newer program" /tmp/chroot-newer.log
fi
say "purge"
in_root dpkg -P hil-scheduler | tail -2
listing >/tmp/chroot-purged.list
say "files: before $(wc -l </tmp/chroot-before.list), installed $(wc -l </tmp/chroot-installed.list), removed $(wc -l </tmp/chroot-removed.list), purged $(wc -l </tmp/chroot-purged.list)"
diff /tmp/chroot-before.list /tmp/chroot-purged.list | sed 's/^/   /' || true
exit $failed
