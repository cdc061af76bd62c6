// SPDX-License-Identifier: GPL-2.0-or-later
// tables.js - tables that are in the page already: sorted by their headings, filtered by a search.

function cellValue(row, column, numeric) {
	const cell = row.cells[column];
	const text = cell.dataset.v === undefined ? cell.textContent.trim() : cell.dataset.v;

	if (!numeric)
		return text;
	return text === "" ? -Infinity : Number(text);
}

// Ascending, descending, and as it was.
function sortTable(table, rows, th, column) {
	const was = th.getAttribute("aria-sort");
	const now = was === "none" ? "ascending" : was === "ascending" ? "descending" : "none";
	const numeric = th.dataset.type === "num", sign = now === "descending" ? -1 : 1;
	let order = rows;

	for (const other of table.tHead.rows[0].cells)
		other.setAttribute("aria-sort", "none");
	th.setAttribute("aria-sort", now);
	if (now !== "none") {
		const keys = new Map(rows.map((row) => [row, cellValue(row, column, numeric)]));

		order = [...rows].sort((a, b) => sign * (numeric ? keys.get(a) - keys.get(b) || 0
								 : collator.compare(keys.get(a), keys.get(b))));
	}
	// Children are no longer below their parents.
	table.classList.toggle("flat", now !== "none");
	table.tBodies[0].append(...order);
	say(now === "none" ? "In its own order" : `Sorted by ${th.textContent}, ${now}`);
}

function makeSortable(table, rows) {
	[...table.tHead.rows[0].cells].forEach((th, column) => {
		const button = make("button", { type: "button" }, th.textContent);

		th.setAttribute("aria-sort", "none");
		th.replaceChildren(button);
		button.addEventListener("click", () => sortTable(table, rows, th, column));
	});
}

function enhanceTable(id, label, flagged) {
	const table = byId(id);

	if (!table)
		return;
	const rows = [...table.tBodies[0].rows].filter((row) => row.cells.length > 1);

	makeSortable(table, rows);
	if (rows.length < 2)
		return;
	const bar = tools(id);
	const texts = rows.map((row) => row.textContent.toLowerCase());
	const run = () => {
		const wanted = input.value.trim().toLowerCase();
		let n = 0;

		rows.forEach((row, i) => {
			const hit = texts[i].includes(wanted) && (!only || !only.checked || row.querySelector(".badge"));

			row.hidden = !hit;
			n += hit ? 1 : 0;
		});
		hits(n, rows.length);
		say(`${n} shown`);
	};
	const input = addSearch(bar, label, run);
	const only = flagged ? addCheck(bar, "with findings only", false, run) : null;
	const hits = addHits(bar);

	hits(rows.length, rows.length);
}

// What a link leads to has to be visible.
function showTarget() {
	const id = decodeURIComponent(location.hash.slice(1));
	const row = id && byId(id);

	if (row && row.hidden) {
		row.hidden = false;
		row.scrollIntoView();
	}
}
