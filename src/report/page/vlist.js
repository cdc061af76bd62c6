// SPDX-License-Identifier: GPL-2.0-or-later
// vlist.js - a list of any length: only the rows that are seen are elements.

// render(i) makes the content of row i. Returns { show(n), top() }.
function virtualList(label, render) {
	const height = 28, inner = make("div", { class: "inner" });
	const box = make("div", { class: "vlist", role: "list", tabindex: "0", "aria-label": label }, inner);
	let count = 0, first = -1, last = -1, waiting = false;

	function draw(again) {
		const from = Math.max(0, Math.floor(box.scrollTop / height) - 8);
		const to = Math.min(count, Math.ceil((box.scrollTop + box.clientHeight) / height) + 8);

		waiting = false;
		if (!again && from === first && to === last)
			return;
		first = from;
		last = to;
		const rows = [];
		for (let i = from; i < to; i++) {
			const row = make("div", { class: "vrow", role: "listitem", "aria-posinset": i + 1, "aria-setsize": count }, ...render(i));

			row.style.top = i * height + "px";
			rows.push(row);
		}
		inner.replaceChildren(...rows);
	}
	box.addEventListener("scroll", () => {
		if (!waiting) {
			waiting = true;
			requestAnimationFrame(() => draw(false));
		}
	}, { passive: true });
	new ResizeObserver(() => draw(false)).observe(box);
	return {
		box,
		show(n) {
			count = n;
			inner.style.height = n * height + "px";
			draw(true);
		},
		top() {
			box.scrollTop = 0;
		},
	};
}
