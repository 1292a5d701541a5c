#!/usr/bin/env bash
# The operator's instruction, step by step, as a script that anyone can run:
#
#     bash tests/life.sh path/to/appt
#
# A call from the patient's first words to the confirmed visit, then a refusal and a move. Each step
# asserts the exit code, the status and the next step. What the instruction forbids is tried on the
# way: it must be refused with exit 3, say what is allowed, and leave every byte of the store as it
# was. Needs jq.
set -euo pipefail

command -v jq >/dev/null || { echo "life.sh: jq is not installed, and this script needs it" >&2; exit 127; }
appt=$(realpath "${1:?usage: bash tests/life.sh path/to/appt}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
out=$work/out err=$work/err
mkdir "$work/store"
cd "$work/store"

unset "${!APPT_@}"
export APPT_NOW=2026-11-23T10:00:00+03:00 APPT_LANG=ru APPT_OPERATOR=anna
export HOME=$work XDG_CONFIG_HOME=$work GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1

fail() { echo "life.sh: step «$step»: $*" >&2; exit 1; }
step() { step=$1; echo "  $step"; }

# Every byte of the store, but what is local to the machine.
bytes() { find . -type f -not -path './.appt/*' -print0 | sort -z | xargs -0 cksum; }

# ok STATUS NEXT ARGUMENTS…: must succeed; the request then stands there. Its JSON is in $answer.
ok() {
    local status=$1 next=$2 code=0; shift 2
    answer=$("$appt" "$@" --json 2>"$err") || code=$?
    [ "$code" = 0 ] || fail "appt $*: exit $code: $(cat "$err")"
    is .status "$status"
    is .next "$next"
}

# is PATH VALUE: what the answer says.
is() {
    local found; found=$(jq -r "$1" <<<"$answer")
    [ "$found" = "$2" ] || fail "$1 is $found and not $2"
}

# refused RULE WORDS ARGUMENTS…: must be refused with exit 3, by this rule, with these words, and
# leave the store as it was.
refused() {
    local rule=$1 words=$2 code=0 before; shift 2
    before=$(bytes)
    "$appt" "$@" --json >"$out" 2>"$err" || code=$?
    [ "$code" = 3 ] || fail "appt $*: exit $code and not 3: $(cat "$out" "$err")"
    [ ! -s "$out" ] || fail "appt $*: a refusal has no result: $(cat "$out")"
    [ "$(jq -r .error.code "$err")" = refused ] || fail "appt $*: $(cat "$err")"
    [ "$(jq -r .error.rule "$err")" = "$rule" ] || fail "appt $*: $(jq -r .error.rule "$err") and not $rule"
    jq -r '.error.message, .error.hint' "$err" | grep -qF -- "$words" || fail "«$words» is not said: $(cat "$err")"
    [ "$(bytes)" = "$before" ] || fail "appt $*: refused, but the store changed"
}

step "Клиники, специальности, операторы"
{
    "$appt" init --operator anna --name 'Анна Смирнова' --no-git
    "$appt" operator new --id boris --name 'Борис Котов'
    "$appt" specialty new --title Терапевт
    "$appt" specialty new --title Кардиолог
    "$appt" clinic new --name 'Поликлиника № 1' --address 'ул. Ленина, д. 1' --phone 84952377297 --specialty терапевт
    "$appt" clinic new --name 'Поликлиника № 2' --address 'ул. Мира, д. 2' --phone 84956079757 \
        --specialty терапевт --specialty кардиолог
} >/dev/null

patient=(--name 'Щукин Пётр Фёдорович' --passport '4511 227265' --phone '8 (901) 789-25-69')

step "1–2. Пациент не найден, его заводят вместе с заявкой"
code=0; "$appt" patient find щукин >/dev/null 2>&1 || code=$?
[ "$code" = 1 ] || fail "find: exit $code and not 1"
step "3. Клиника и специальность; 4. Удобное время"
refused specialty-not-offered 'Где есть: Поликлиника № 2' \
    request new "${patient[@]}" --clinic poliklinika-1 --specialty кардиолог --range 'ср 9-12'
refused range-order 'ср 9-12' \
    request new "${patient[@]}" --clinic poliklinika-1 --specialty терапевт --range 'ср 12-9'
refused range-past 'закончился' \
    request new "${patient[@]}" --clinic poliklinika-1 --specialty терапевт --range 'сегодня 8-9'
step "5. Заявку сохраняют"
ok created call-clinic request new "${patient[@]}" --clinic poliklinika-1 --specialty терапевт --range 'ср 9-12'
id=$(jq -r .id <<<"$answer")
is .patient_name 'Щукин Пётр Фёдорович'
"$appt" patient find щукин >/dev/null 2>&1 || fail "the patient is not found"
[ "$("$appt" patient show 4511227265 --json | jq -r .passport)" = 4511227265 ] || fail "a passport has no spaces"

step "6. Перед звонком — «Обрабатывается»"
refused illegal-transition 'Можно: «Обрабатывается», «Пациент отказался»' request set-status "$id" processed
refused not-in-progress 'set-status' request set-appointment "$id" 'ср 11:30'
refused not-in-progress 'set-status' request set-ranges "$id" --clinic 'чт 15-17'
ok in-progress record-outcome request set-status "$id" in-progress
is .operator anna
refused held-by-other 'Анна Смирнова' --operator boris request set-status "$id" in-progress
refused held-by-other '--take-over' --operator boris request set-appointment "$id" 'ср 11:30'

step "7. Самопроверка: ответ клиники ещё не записан"
"$appt" request next "$id" 2>&1 >/dev/null | grep -qF 'Ответ клиники не записан' || fail "next does not say so"
"$appt" queue 2>&1 >/dev/null | grep -qF 'Без ответа клиники' || fail "queue does not say so"
refused no-appointment 'set-appointment' request set-status "$id" processed
refused outside-patient '9:00–12:00' request set-appointment "$id" 'ср 13:00'
refused appointment-past '--anyway' request set-appointment "$id" 'сегодня 9:00'

step "6.2. Время не согласовано: записано удобное клинике"
refused range-order 'чт 15-17' request set-ranges "$id" --clinic 'чт 17-15'
ok in-progress call-patient request set-ranges "$id" --clinic 'чт 15-17' 'пт 9-12'
refused outcome-recorded 'Ответ клиники уже записан' request set-status "$id" created
refused outcome-recorded 'reschedule' request edit "$id" --clinic poliklinika-2

step "8. Пациенту предложено время клиники, он называет новое"
ok in-progress call-patient request set-ranges "$id" --patient 'пт 10-13'
ok in-progress get-appointment request set-ranges "$id" --patient 'пт 10-12'

step "9. Клиника назначает время приёма"
refused outside-patient '10:00–12:00' request set-appointment "$id" 'пт 9:30'
ok in-progress notify-patient request set-appointment "$id" 'пт 10:30'
is .appointment 2026-11-27T10:30:00+03:00

step "10. Пациент знает: «Обработана»"
ok processed none request set-status "$id" processed
refused illegal-transition '«Пациент отказался»' request set-status "$id" in-progress
refused illegal-transition 'reopen' request set-status "$id" created
refused closed 'уже обработана' request set-ranges "$id" --patient 'пт 9-12'

step "Перенос: прежняя заявка закрыта, новая оформлена"
refused range-order 'чт 9-12' request reschedule "$id" --range 'чт 12-9'
ok created call-clinic request reschedule "$id" --range 'чт 9-12' --reason 'занят в пятницу'
new=$(jq -r .id <<<"$answer")
is .rescheduled_from "$id"
answer=$("$appt" request show "$id" --json)
is .status patient-refused
is .rescheduled_to "$new"
is .next tell-clinic
refused rescheduled "${new#*-}" request reopen "$id" --reason ошибка
refused nothing-to-move "${new#*-}" request reschedule "$id" --range 'чт 9-12'
ok patient-refused none request clinic-told "$id"
ok in-progress record-outcome request set-status "$new" in-progress
ok in-progress notify-patient request set-appointment "$new" 'чт 10:30'
ok processed none request set-status "$new" processed

step "Отказ от посещения"
ok patient-refused tell-clinic request refuse "$new" --reason 'выздоровел'
[ "$("$appt" queue -o ids)" = "$new" ] || fail "the clinic must hear of it: it stays in the queue"
for status in created in-progress processed; do
    refused illegal-transition 'reopen' request set-status "$new" "$status"
done
refused closed 'пациент отказался' request set-appointment "$new" 'чт 11:30'
refused closed 'пациент отказался' request set-ranges "$new" --patient 'чт 9-12'
refused nothing-to-move 'закрыта' request reschedule "$new" --range 'чт 9-12'
ok patient-refused none request clinic-told "$new"
[ -z "$("$appt" queue -o ids)" ] || fail "the queue is empty now"

step "Данные в порядке"
"$appt" check --strict --json >"$out" || fail "check: $(cat "$out")"
echo "life.sh: all steps hold"
