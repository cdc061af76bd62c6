// SPDX-License-Identifier: GPL-2.0-or-later
// changes.js - changed files as a tree of folders with sizes.

function changeWordsOf() {
	return { A: "added", C: "changed", D: "deleted", V: "on a volume", "?": "since the start" };
}

function folder(name) {
	return { name, size: 0, count: 0, children: new Map(), open: false, row: null };
}

// Only rows that @fits takes, and the folders that they lie in.
function changesTree(rows, fits) {
	const top = folder("/");

	for (const row of rows) {
		if (!fits(row))
			continue;
		let at = top;
		const parts = row[0].split("/").filter((p) => p), own = Math.max(0, row[3]);

		for (const part of parts) {
			at.size += own;
			at.count++;
			if (!at.children.has(part))
				at.children.set(part, folder(part));
			at = at.children.get(part);
		}
		at.size += own;
		at.row = row;
	}
	return top;
}

// Folders first, by name. One that has a single folder in it opens with it.
function openRows(node, depth, out) {
	const list = [...node.children.values()].sort((a, b) => (b.children.size > 0) - (a.children.size > 0) || collator.compare(a.name, b.name));

	for (const child of list) {
		out.push([child, depth]);
		if (child.open)
			openRows(child, depth + 1, out);
	}
	return out;
}

function openAll(node, open) {
	for (const child of node.children.values()) {
		child.open = open && child.children.size > 0;
		openAll(child, open);
	}
}

function changeRow(node, depth, toggle) {
	const twig = node.children.size
		? make("button", { type: "button", class: "twig", "aria-expanded": String(node.open), "aria-label": (node.open ? "Close " : "Open ") + node.name,
				   onclick: () => toggle(node) }, node.open ? "\u25be" : "\u25b8")
		: make("span", { class: "leaf" });
	const letter = node.row ? node.row[1] : "";
	const mark = letter && letter !== "?"
		? make("span", { class: "letter " + letter, title: changeWordsOf()[letter] }, letter, make("span", { class: "vh" }, " " + changeWordsOf()[letter]))
		: make("span", { class: "leaf" });
	const name = make("span", { class: "grow" }, shown(node.name));

	if (node.children.size)
		name.append(make("span", { class: "quiet" }, ` ${node.count}`));
	twig.style.marginLeft = depth * 1.1 + "rem";
	return [twig, mark, name, make("span", { class: "num" }, size(node.size)),
		make("span", { class: "mode" }, node.row && node.row[1] !== "D" ? node.row[4] : ""),
		make("time", {}, node.row && node.row[5] ? moment(node.row[5]).slice(0, 16) : "")];
}

function enhanceChanges() {
	const { rows, more } = data("data-changes"), place = byId("changes-tree");

	if (!rows.length)
		return;
	const bar = tools("changes");
	let top = null, open = [];
	const list = virtualList("Changed files, as a tree", (i) => changeRow(open[i][0], open[i][1], toggle));
	const redraw = () => {
		open = openRows(top, 0, []);
		list.show(open.length);
	};
	function toggle(node) {
		node.open = !node.open;
		redraw();
		say(node.open ? "Opened" : "Closed");
		for (const button of list.box.querySelectorAll("button.twig"))
			if (button.getAttribute("aria-label").endsWith(" " + node.name))
				button.focus();
	}
	const run = () => {
		const wanted = input.value.trim().toLowerCase();
		const on = new Set(checks.filter((c) => c.checked).map((c) => c.value));
		let n = 0;

		top = changesTree(rows, (row) => {
			const hit = on.has(row[1]) && row[0].toLowerCase().includes(wanted);

			n += hit ? 1 : 0;
			return hit;
		});
		openAll(top, wanted !== "" || n <= 60);
		hits(n, rows.length);
		say(`${n} changes shown`);
		list.top();
		redraw();
	};
	const checks = Object.keys(changeWordsOf()).filter((l) => rows.some((row) => row[1] === l)).map((l) => addCheck(bar, changeWordsOf()[l], true, run, l));
	const input = addSearch(bar, "Search paths", run);
	const button = (label, value) => bar.append(make("button", { type: "button", onclick: () => { openAll(top, value); redraw(); } }, label));

	button("Open all", true);
	button("Close all", false);
	const hits = addHits(bar);
	place.append(list.box);
	if (more)
		place.append(make("p", { class: "more" }, `${more} more are in the package.`));
	place.hidden = false;
	byId("changes-table").hidden = true;
	run();
}
