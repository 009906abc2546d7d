#!/usr/bin/env bash
# SheetJS (xlsx 0.18.5 from npm, the last one there), date cells as numbers, the default: in a time zone whose
# offset before 1901 was no whole number of minutes every date of a JavaScript Date comes out some seconds
# early. With TZ=Europe/Madrid (local mean time -0:14:44) local midnight is stored as 23:59:16 of the day
# before, all times of the file by the same 44 s; with TZ=UTC the same code stores midnight. The library takes
# the offset of 1899 from getTimezoneOffset(), which is in whole minutes, and cuts the seconds. Its own
# sheet_to_csv therefore shows the wrong DAY for midnight. Reading the file back with the library hides it.
# Fails (exit status 1) when this is no longer so. Needs node and npm; nothing else is touched.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null 2>&1
npm install --ignore-scripts xlsx@0.18.5 >/dev/null 2>&1
cat >make.js <<'JS'
const X = require('xlsx');
const rows = [['timestamp', 'lib_p_kw'], [new Date(2026, 5, 15, 0, 0), 10], [new Date(2026, 5, 15, 0, 15), 20]];
const sheet = X.utils.aoa_to_sheet(rows);
const seconds = (c) => Math.round((sheet[c].v - Math.floor(sheet[c].v)) * 86400);
console.log(X.version, sheet.A2.t, Math.floor(sheet.A2.v), seconds('A2'), seconds('A3'), X.utils.sheet_to_csv(sheet).split('\n')[1]);
JS
madrid=$(TZ=Europe/Madrid node make.js)
utc=$(TZ=UTC node make.js)
echo "node $(node --version), TZ=Europe/Madrid: $madrid"
echo "node $(node --version), TZ=UTC:           $utc"
# version, kind of cell, day, seconds of the day of both rows, the first row as CSV
[ "$madrid" = "0.18.5 n 46187 86356 856 6/14/26,10" ]
[ "$utc" = "0.18.5 n 46188 0 900 6/15/26,10" ]
echo "as written: local midnight of 2026-06-15 (day 46188) is stored 44 s early, on the day before"
