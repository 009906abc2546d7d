#!/usr/bin/env bash
# exceljs (4.4.0 from npm), writing a JavaScript Date into a workbook: the cell, which has no zone, gets the
# clock of UTC, not that of the wall where the program runs. Local midnight of 15 June in Madrid is stored as
# 22:00 of 14 June; every spreadsheet program shows it so, and a plan of a day begins two hours early (one in
# winter), with nothing in the file that says so. The same worksheet written as CSV by the same library has
# 2026-06-15T00:00:00+02:00: its two files of one plan are two hours apart. Reading the workbook back with the
# library hides it. (A way round: a number format that says it, yyyy-mm-dd hh:mm" UTC".)
# Fails (exit status 1) when this is no longer so. Needs node and npm; nothing else is touched.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null 2>&1
npm install --ignore-scripts exceljs@4.4.0 xlsx@0.18.5 >/dev/null 2>&1
cat >make.js <<'JS'
const E = require('exceljs'), X = require('xlsx'), fs = require('fs');
(async () => {
  const book = new E.Workbook(), sheet = book.addWorksheet('plan');
  sheet.addRow(['timestamp', 'lib_p_kw']);
  sheet.addRow([new Date(2026, 5, 15, 0, 0), 10]);
  await book.xlsx.writeFile('plan.xlsx');
  await book.csv.writeFile('plan.csv');
  const cell = X.readFile('plan.xlsx').Sheets.plan.A2;  // another library, to see the number that is stored
  const minutes = Math.round((cell.v - 46188) * 1440);  // 46188: midnight of 15 June 2026
  console.log(minutes, fs.readFileSync('plan.csv', 'utf8').split('\n')[1]);
})();
JS
version=$(node -p "require('exceljs/package.json').version")
madrid=$(TZ=Europe/Madrid node make.js)
utc=$(TZ=UTC node make.js)
echo "node $(node --version), exceljs $version, TZ=Europe/Madrid: workbook $madrid (minutes from midnight, then the CSV)"
echo "node $(node --version), exceljs $version, TZ=UTC:           workbook $utc"
[ "$version" = 4.4.0 ]
[ "$madrid" = "-120 2026-06-15T00:00:00+02:00,10" ]
[[ "$utc" =~ ^0\ 2026-06-15T00:00:00(Z|\+00:00),10$ ]]
echo "as written: local midnight in Madrid is 22:00 of the day before in the workbook, and right in the CSV"
