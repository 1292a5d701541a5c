#!/usr/bin/env bash
# What `appt export` writes, read by the parsers that other people wrote: Python's icalendar and
# vobject (Debian's python3-icalendar, python3-vobject), and fhir.resources where PYTHON has it.
# Usage: tests/exports.sh APPT [PYTHON]
set -euo pipefail
appt=$(realpath "$1")
python=${2:-python3}
example=$(cd "$(dirname "$0")/.." && pwd)/data-example
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export APPT_NOW=2026-11-23T10:00:00+03:00 APPT_LANG=ru APPT_OPERATOR=anna

# A second store, whose patient wants to be a formula, a calendar and a page.
hostile=$work/hostile
"$appt" init "$hostile" --operator anna --no-git >/dev/null
run() { "$appt" -C "$hostile" "$@" >/dev/null 2>&1; }
run specialty new --title Терапевт
run clinic new --name 'Клиника; "на, углу"' --address 'ул. Ленина, 1' --phone 84952377297 \
    --specialty терапевт --timezone Europe/Berlin
run request new --name 'Щукин Пётр' --passport 4511227265 --phone 89017892569 \
    --clinic klinika-na-uglu --specialty терапевт --range '25.11.2026 9-12'
id=$("$appt" -C "$hostile" request list -o ids)
run request set-status "$id" in-progress
run request set-appointment "$id" '25.11.2026 11:30'
sed -i 's/Щукин Пётр/=cmd()|a;\\nEND:VEVENT<script>/' "$hostile"/patients/*/*.toml

for store in "$example" "$hostile"; do
    for format in ics fhir csv; do
        "$appt" -C "$store" export "$format" >"$work/export.$format"
    done
    "$appt" -C "$store" export ics --with-names >"$work/names.ics"
    "$appt" -C "$store" request list --all --json >"$work/requests.json"
    "$python" - "$work" <<'PYTHON'
import csv, json, sys
from collections import Counter
from pathlib import Path

import icalendar
import vobject

work = Path(sys.argv[1])
requests = {r["id"]: r for r in json.loads((work / "requests.json").read_text())}
visits = {i: r for i, r in requests.items() if r["appointment"] and r["status"] != "patient-refused"}

for name in ("export.ics", "names.ics"):
    data = (work / name).read_bytes()
    assert all(len(line) <= 75 for line in data.split(b"\r\n")), "a line is not folded"
    calendar = icalendar.Calendar.from_ical(data)
    events = calendar.walk("VEVENT")
    zones = {str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")}
    assert {str(e["UID"]).split("@")[0] for e in events} == set(visits), "an event a visit"
    for event in events:
        request = visits[str(event["UID"]).split("@")[0]]
        assert event["DTSTART"].dt.isoformat() == request["appointment"], "the clinic's clock"
        assert event["DTSTART"].params["TZID"] in zones, "the zone is told"
        wanted = "CONFIRMED" if request["status"] == "processed" else "TENTATIVE"
        assert str(event["STATUS"]) == wanted
        if name == "names.ics":
            assert request["patient_name"] in str(event["SUMMARY"])
    strict = vobject.readOne(data.decode())
    strict.validate(raiseException=True)
    assert len(strict.vevent_list) == len(visits)

rows = list(csv.DictReader((work / "export.csv").read_text().splitlines(keepends=True)))
for row in rows:
    for cell in row.values():
        assert cell[:1] not in ("=", "@", "\t", "\r"), "a spreadsheet would run this cell"
    name = row["patient_name"]
    assert name in (requests[row["id"]]["patient_name"], "'" + requests[row["id"]]["patient_name"])

bundle = json.loads((work / "export.fhir").read_text())
kinds = Counter(entry["resource"]["resourceType"] for entry in bundle["entry"])
assert kinds["Appointment"] == len(requests)
try:
    from fhir.resources.R4B.bundle import Bundle
except ImportError:
    print("fhir.resources is not installed: its model was passed over")
else:
    read = Bundle.model_validate(bundle)
    assert len(read.entry) == len(bundle["entry"])
print(f"{len(visits)} visits, {dict(kinds)}: read back")
PYTHON
done
