#!/usr/bin/env bash
# SheetJS (xlsx 0.18.5 from npm, the last one there), reading CSV: in a file whose cells are separated by
# semicolons, as spreadsheet programs write it in most of Europe, the decimal comma is taken for one that sets
# off thousands, wherever it stands: "80,5" becomes the number 805, "10,05" 1005, "7,125" 7125. The separator
# itself is found, and the cell still shows the text "80,5" (its `w`), so that a look at the sheet, and CSV
# written from it, hide it; its value, and a workbook written from it, have ten, a hundred or a thousand times
# the price. Nothing is said. A number whose groups are right, "1,234", is a thousand as it should be in English.
# Fails (exit status 1) when this is no longer so. Needs node and npm; nothing else is touched.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null 2>&1
npm install --ignore-scripts xlsx@0.18.5 >/dev/null 2>&1
cat >read.js <<'JS'
const X = require('xlsx');
const book = X.read('timestamp;price\n2026-06-15 00:00;80,5\n2026-06-15 01:00;10,05\n2026-06-15 02:00;7,125\n', { type: 'string' });
const again = X.read(X.write(book, { type: 'buffer', bookType: 'xlsx' })).Sheets.Sheet1;
const cells = ['B2', 'B3', 'B4'].map((c) => book.Sheets.Sheet1[c]);
console.log(X.version, cells.map((c) => c.t + c.v).join(' '), 'shown', cells.map((c) => c.w).join(' '));
console.log('in a workbook', ['B2', 'B3', 'B4'].map((c) => again[c].v).join(' '));
JS
seen=$(node read.js)
echo "node $(node --version): $seen"
[ "$seen" = "0.18.5 n805 n1005 n7125 shown 80,5 10,05 7,125
in a workbook 805 1005 7125" ]
echo "as written: 80,5 per MWh is read as 805, though it is still shown as 80,5"
