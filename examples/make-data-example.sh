#!/usr/bin/env bash
# Makes data-example/ anew: a week of a small call centre, told by the program itself.
#
#   examples/make-data-example.sh [APPT] [DIR]
#
# APPT is the program (default: target/debug/appt), DIR the new store (default: data-example, which
# is replaced). The clock steps from day to day and ends on Monday 2026-11-23, 10:00 in Moscow.
# Patients' ids come out the same each time, since the key is the example's own; requests' ids are
# random, so the result is committed, and README.md and tests/example_store.rs, which show some of
# them, follow a new one by hand. All people, numbers and places in it are invented.
set -euo pipefail
cd "$(dirname "$0")/.."

appt=$(realpath "${1:-target/debug/appt}")
store=${2:-data-example}
# "appt: the example's own, public!", in hexadecimal.
key=617070743a20746865206578616d706c652773206f776e2c207075626c696321

home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
unset APPT_DATA APPT_OPERATOR APPT_LANG XDG_CONFIG_HOME
export HOME=$home GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 APPT_LANG=ru

day=2026-11-02
at() { # at [DAY] TIME: what the clock says from now on
    [ $# = 1 ] || { day=$1; shift; }
    export APPT_NOW="${day}T$1:00+03:00"
}
who=olga
run() { "$appt" --data "$store" --operator "$who" --no-input --quiet "$@"; }
quietly() { run "$@" -o ids >/dev/null; }
request() { run request "$@" -o ids; }
step() { quietly request "$@"; }

rm -rf "$store"

# Monday, 2 November: Olga sets up the store.
at 2026-11-02 09:00
"$appt" init "$store" --no-git --lang ru --operator olga --name "Ольга Лебедева" --timezone Europe/Moscow >/dev/null
sed -i "s/^key = .*/key = \"$key\"/" "$store/appt.toml"
quietly operator edit olga --email olga@example.org
at 09:05
quietly operator new --id anna --name "Анна Смирнова" --role operator --email anna@example.org
quietly operator new --id boris --name "Борис Котов" --role operator --email boris@example.org
quietly operator new --id nina --name "Нина Уварова" --role operator --email nina@example.org
at 09:10
quietly specialty new --title "Терапевт" --alias "участковый"
quietly specialty new --title "Офтальмолог" --alias "окулист" --alias "глазной"
quietly specialty new --title "Оториноларинголог" --alias "лор" --alias "ухо-горло-нос"
quietly specialty new --title "Кардиолог" --alias "по сердцу"
quietly specialty new --title "Невролог" --alias "невропатолог"
quietly specialty new --title "Хирург" --id hirurg
at 09:20
quietly clinic new --name "Поликлиника № 1" --address "г. Москва, ул. Примерная, д. 1" --phone "8 495 555-01-01" \
    --specialty терапевт --specialty офтальмолог --specialty хирург
quietly clinic new --name "Поликлиника № 2" --address "г. Москва, Образцовый пр-д, д. 15, к. 2" --phone "8 495 555-01-02" \
    --specialty терапевт --specialty лор --specialty кардиолог --specialty невролог
quietly clinic new --name "Медцентр «Заря»" --id zarya --address "г. Химки, ул. Условная, 4" --phone "8 495 555-01-03" \
    --specialty лор --specialty невролог --hours 09:00-21:00
quietly clinic new --name "Клиника «Иртыш»" --id irtysh --address "г. Омск, ул. Вымышленная, 10" --phone "8 3812 55-50-10" \
    --specialty терапевт --specialty кардиолог --timezone Asia/Omsk

# Monday, 16 November: Nina's last week. A visit that has been since.
who=nina
at 2026-11-16 10:15
r=$(request new --name "Щукина Пелагея Саввична" --passport "0045 000103" --phone "8 900 555-01-03" \
    --clinic poliklinika-1 --specialty окулист --range "19.11 9-13")
at 10:20
step set-status "$r" in-progress
step set-appointment "$r" "19.11 10:30"
at 10:32
step set-status "$r" processed

# Tuesday: a refusal before there was any appointment.
at 2026-11-17 11:40
r=$(request new --name "Журавлёв Лев Маркович" --passport "0045 000109" --phone "8 900 555-01-09" \
    --clinic zarya --specialty лор --range "чт 18-20")
at 11:45
step set-status "$r" in-progress
step set-ranges "$r" --clinic "25.11 10-13"
at 12:10
step refuse "$r" --reason "Днём работает, обратится по месту жительства"

# Wednesday: an appointment that was cancelled, and the clinic knows.
who=boris
at 2026-11-18 09:30
r=$(request new --name "Ёлкин Семён Аркадьевич" --passport "0045 000101" --phone "8 900 555-01-01" \
    --clinic poliklinika-2 --specialty кардиолог --range "24.11 9-12" --note "После приёма нужна выписка")
at 09:36
step set-status "$r" in-progress
step set-appointment "$r" "24.11 9:40"
at 09:50
step set-status "$r" processed
at 2026-11-20 15:05
step refuse "$r" --reason "Уезжает в командировку"
at 15:10
step clinic-told "$r"

# Thursday: two visits of the coming week, one of them in Omsk, by Omsk's clock.
who=anna
at 2026-11-19 10:05
r=$(request new --name "Салтыков-Щедрин Глеб Ильич" --passport "0045 000102" --phone "8 900 555-01-02" \
    --clinic poliklinika-1 --specialty терапевт --range "24.11 9-12, 25.11 9-12")
at 10:11
step set-status "$r" in-progress
step set-appointment "$r" "24.11 9:20"
at 10:25
step set-status "$r" processed
at 12:00
r=$(request new --name "Тихонова Зоя Андреевна" --passport "0045 000111" --phone "8 900 555-01-11" \
    --clinic irtysh --specialty терапевт --range "26.11 9-14")
at 12:04
step set-status "$r" in-progress
step set-appointment "$r" "26.11 10:00"
at 12:20
step set-status "$r" processed

# Friday: the clinic moved a visit itself, so a processed request was taken up again.
at 2026-11-20 09:10
r=$(request new --passport "0045 000102" --clinic poliklinika-2 --specialty невролог --range "26.11 9-13, 27.11 9-13")
at 09:15
step set-status "$r" in-progress
step set-appointment "$r" "26.11 11:00"
at 09:20
step set-status "$r" processed
at 16:40
step reopen "$r" --reason "Клиника просит другой день: врач на обходе"
step set-appointment "$r" "27.11 11:30"

# A visit that the patient cancelled; nobody has told the clinic yet.
who=boris
at 11:00
r=$(request new --name "Ким Ирина" --passport "0045 000108" --phone "8 900 555-01-08" \
    --clinic zarya --specialty невролог --range "24.11 16-20")
at 11:06
step set-status "$r" in-progress
step set-appointment "$r" "24.11 17:30"
at 11:15
step set-status "$r" processed

# A visit that was moved: the old request is closed, its successor waits.
at 12:30
r=$(request new --name "Журавлёв Марк Львович" --passport "0045 000110" --phone "8 900 555-01-10" \
    --clinic poliklinika-1 --specialty хирург --range "25.11 9-12")
at 12:36
step set-status "$r" in-progress
step set-appointment "$r" "25.11 10:00"
at 12:45
step set-status "$r" processed
moved=$r

# The clinic offers other times; the patient has not been reached yet.
who=anna
at 14:00
r=$(request new --name "Лобанова Мария Игоревна" --passport "0045 000104" --phone "8 900 555-01-04" \
    --clinic poliklinika-2 --specialty лор --range "ср 9-12")
at 14:08
step set-status "$r" in-progress
step set-ranges "$r" --clinic "26.11 15-17, 27.11 9-12"
step note "$r" "Не берёт трубку, перезвонить в понедельник после 10"

# Nearly the same name, another person: she has chosen from what the clinic offers.
at 15:20
r=$(request new --name "Лабанова Дарья Олеговна" --passport "0045 000105" --phone "8 900 555-01-05" \
    --clinic poliklinika-2 --specialty кардиолог --range "чт 9-11")
at 15:27
step set-status "$r" in-progress
step set-ranges "$r" --clinic "26.11 15-17, 27.11 9-12"
at 15:40
step set-ranges "$r" --patient "27.11 10-12"

# Boris began a call, Anna took it over.
who=boris
at 16:30
r=$(request new --passport "0045 000103" --clinic zarya --specialty лор --range "24.11 9-12, 25.11 9-12")
at 16:35
step set-status "$r" in-progress
who=anna
at 17:05
step set-ranges "$r" --clinic "25.11 11-14" --take-over

# Nina has left.
who=olga
at 18:00
quietly operator edit nina --active нет

# Monday, 23 November, before ten.
who=anna
at 2026-11-23 09:05
step refuse "$(request find ким)" --reason "Заболела"
at 09:12
quietly request reschedule "$moved" --range "26.11 9-12" --reason "Просит другой день"
at 09:14
step clinic-told "$moved"
at 09:20
r=$(request new --passport "0045 000101" --clinic poliklinika-1 --specialty терапевт --range "ср 9-12")
at 09:26
step set-status "$r" in-progress
step set-appointment "$r" "25.11 11:30"
at 09:31
quietly request new --name "Эрдниев Бадма Санджиевич" --passport "0045 000112" --phone "8 900 555-01-12" \
    --clinic irtysh --specialty кардиолог --range "чт 9-12, пт после 15"
who=boris
at 09:40
quietly request new --name "Орлов Тимур Рустамович" --passport "0045 000106" --phone "8 900 555-01-06" \
    --clinic zarya --specialty лор --range "пт весь день" --note "Плохо слышит, говорить громче"
at 09:48
r=$(request new --name "Мамедов Рашид Али оглы" --passport "0045 000107" --phone "8 900 555-01-07" \
    --clinic poliklinika-2 --specialty терапевт --range "вт-чт 9-12")
at 09:58
step set-status "$r" in-progress

rm -rf "$store/.appt"
at 10:00
run check "$store"
