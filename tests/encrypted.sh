#!/usr/bin/env bash
# Two clones, each with a GnuPG key of its own, share patients' data through a remote that
# git-remote-gcrypt encrypts. They are set up by the commands that stand in examples/privacy.md;
# what then lies on the remote is searched, as it is and unpacked. No network.
# Usage: tests/encrypted.sh APPT
set -euo pipefail
program=$(realpath "$1")
page=$(cd "$(dirname "$0")/.." && pwd)/examples/privacy.md
work=$(mktemp -d)
as() { GNUPGHOME=$work/$1/gnupg "${@:2}"; }
cleanup() {
    for who in anna boris; do as "$who" gpgconf --kill all || true; done
    rm -rf "$work"
}
trap cleanup EXIT
fail() { echo "tests/encrypted.sh: $*" >&2; exit 1; }

mkdir "$work/bin"
ln -s "$program" "$work/bin/appt"
export PATH=$work/bin:$PATH HOME=$work GIT_CONFIG_GLOBAL=$work/gitconfig GIT_CONFIG_NOSYSTEM=1
export APPT_LANG=en APPT_NOW=2026-11-23T10:00:00+03:00
unset APPT_DATA APPT_OPERATOR
git config --global init.defaultBranch main
git config --global user.name Nobody
git config --global user.email nobody@example.net

# Runs a command that the page tells a reader to run, with the address of this test in it.
documented() {
    grep -qF -- "$1" "$page" || fail "examples/privacy.md does not say: $1"
    eval "${1//ssh:\/\/git@example.org\/appt.git/$hub}" >"$work/said" 2>&1 ||
        { cat "$work/said" >&2; fail "failed: $1"; }
}
here() { cd "$work/$1"; export GNUPGHOME=$work/$1/gnupg APPT_OPERATOR=$1; }

hub=$work/hub.git
git init --quiet --bare --template= "$hub"
for who in anna boris; do
    mkdir -m 700 "$work/$who" "$work/$who/gnupg"
    as "$who" gpg --batch --quiet --pinentry-mode loopback --passphrase '' \
        --quick-generate-key "$who@example.org" future-default default never
done
for pair in 'anna boris' 'boris anna'; do
    read -r from to <<<"$pair"
    as "$from" gpg --batch --quiet --export "$from@example.org" |
        as "$to" gpg --batch --quiet --import
done

here anna
appt init appt --operator anna >/dev/null
cd appt
appt operator new --id boris --name Boris --role admin >/dev/null
appt specialty new --title Терапевт >/dev/null
appt clinic new --id p1 --name 'Поликлиника № 1' --address 'ул. Ленина, 1' --phone 84952377297 \
    --specialty терапевт >/dev/null
id=$(appt request new --name 'Щукин Пётр' --passport 4511227265 --phone 89017892569 --clinic p1 \
    --specialty терапевт --range '25.11.2026 9-12' -o ids --quiet)
documented 'git remote add origin gcrypt::ssh://git@example.org/appt.git'
documented "git config gcrypt.participants 'anna@example.org boris@example.org'"
documented 'git config gcrypt.publish-participants true'
documented 'appt sync'

here boris
documented 'git clone --branch main gcrypt::ssh://git@example.org/appt.git appt'
cd appt
documented "git config gcrypt.participants 'anna@example.org boris@example.org'"
documented 'git config gcrypt.publish-participants true'
documented 'appt init --git-setup'
appt request show "$id" >/dev/null || fail "the request did not arrive"

# Both work on one request, and both sync at the same moment.
for who in anna boris; do
    here "$who"
    appt -C appt request note "$id" "note by $who" >/dev/null
    appt -C appt sync >"$work/$who/said" 2>&1 &
done
wait
for who in anna boris anna; do
    here "$who"
    appt -C appt sync >"$work/$who/said" 2>&1 || { cat "$work/$who/said" >&2; fail "$who: sync"; }
done
for who in anna boris; do
    for by in anna boris; do
        appt -C "$work/$who/appt" log "$id" | grep -q "note by $by" || fail "$who lacks $by's note"
    done
done
[ "$(git -C "$work/anna/appt" rev-parse HEAD)" = "$(git -C "$work/boris/appt" rev-parse HEAD)" ] ||
    fail "the clones differ"

# All that a remote holds: its files as they are, and its objects unpacked.
all_of() {
    find "$1" | sed "s|^$work||"
    find "$1" -type f -exec cat {} +
    git -C "$1" cat-file --batch-all-objects --batch
}
git init --quiet --bare --template= "$work/open.git"
git -C "$work/anna/appt" push --quiet "$work/open.git" main
all_of "$hub" >"$work/encrypted"
all_of "$work/open.git" >"$work/open"
patient=$(appt -C "$work/anna/appt" patient list -o ids)
for word in Щукин Пётр 4511227265 79017892569 Ленина p1.toml patients history "$patient" "$id"; do
    grep -qaF -- "$word" "$work/open" || fail "the search itself does not find: $word"
    ! grep -qaF -- "$word" "$work/encrypted" || fail "the remote tells: $word"
done
! grep -qaiE 'nobody@|example\.org|terapevt|note by' "$work/encrypted" || fail "the remote tells who"
echo "two clones met through an encrypted remote; nothing on it can be read"
