// SPDX-License-Identifier: GPL-2.0-or-later
// timeline.js - moments in a chart that is zoomed, and in a list below it. Rows are [microseconds, kinds, text], the
// newest first.

function timelineKinds() {
	return { m: "modified", a: "accessed", c: "changed", b: "created", p: "process started", "?": "other" };
}

function momentRow(row) {
	const words = timelineKinds();
	const kinds = make("span", { class: "macb", title: [...row[1]].map((k) => words[k]).join(", ") });

	for (const k of row[1].includes("p") || row[1].includes("?") ? row[1] : "macb")
		kinds.append(row[1].includes(k) ? k : ".");
	return [make("time", {}, moment(row[0])), kinds, make("span", { class: "grow" }, shown(row[2]))];
}

// Bars by time. pick(from, to) is called with what was drawn over.
function timelineChart(pick, move) {
	const canvas = make("canvas", { tabindex: "0", role: "img" });
	const left = make("span"), right = make("span"), mark = make("div", { class: "pick", hidden: true });
	const box = make("div", { class: "chart" }, canvas, mark, make("div", { class: "axis" }, left, right));
	let rows = [], from = 0, to = 1, start = null;

	function draw() {
		const width = canvas.clientWidth, height = 120, scale = devicePixelRatio || 1, bar = 4;
		const style = getComputedStyle(document.documentElement), context = canvas.getContext("2d");
		const n = Math.max(1, Math.floor(width / bar)), bins = new Array(n).fill(0);
		let most = 1;

		if (!width)
			return;
		canvas.width = width * scale;
		canvas.height = height * scale;
		context.scale(scale, scale);
		for (const row of rows) {
			const i = Math.min(n - 1, Math.floor((row[0] - from) / (to - from) * n));

			most = Math.max(most, ++bins[i]);
		}
		context.fillStyle = style.getPropertyValue("--row");
		context.fillRect(0, 0, width, height);
		context.fillStyle = style.getPropertyValue("--bar");
		// By the logarithm: one file counts beside ten thousand.
		bins.forEach((v, i) => {
			const h = v ? 4 + (height - 10) * Math.log(1 + v) / Math.log(1 + most) : 0;

			context.fillRect(i * bar, height - h, bar - 1, h);
		});
		left.textContent = moment(from).slice(0, 19);
		right.textContent = moment(to).slice(0, 19);
		canvas.setAttribute("aria-label", `${rows.length} moments from ${left.textContent} to ${right.textContent}. ` +
				    "Plus and minus zoom, arrows move.");
	}
	const at = (event) => {
		const area = canvas.getBoundingClientRect();

		return Math.min(1, Math.max(0, (event.clientX - area.left) / area.width));
	};
	canvas.addEventListener("pointerdown", (event) => {
		start = at(event);
		canvas.setPointerCapture(event.pointerId);
	});
	canvas.addEventListener("pointermove", (event) => {
		if (start === null)
			return;
		const end = at(event);
		mark.hidden = false;
		mark.style.left = Math.min(start, end) * 100 + "%";
		mark.style.width = Math.abs(end - start) * 100 + "%";
	});
	canvas.addEventListener("pointerup", (event) => {
		const a = start, b = at(event);

		start = null;
		mark.hidden = true;
		if (a !== null && Math.abs(b - a) > 0.01)
			pick(from + Math.min(a, b) * (to - from), from + Math.max(a, b) * (to - from));
	});
	canvas.addEventListener("pointercancel", () => { start = null; mark.hidden = true; });
	canvas.addEventListener("keydown", (event) => {
		const step = { ArrowLeft: -0.2, ArrowRight: 0.2 }[event.key];

		if (step)
			move(step, 1);
		else if (event.key === "+" || event.key === "=")
			move(0, 0.5);
		else if (event.key === "-")
			move(0, 2);
		else
			return;
		event.preventDefault();
	});
	new ResizeObserver(draw).observe(canvas);
	matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
	return { box, show(list, a, b) { rows = list; from = a; to = b; draw(); } };
}

function enhanceTimeline() {
	const { rows, all, started, collected } = data("data-timeline"), place = byId("timeline-view");

	if (!rows.length) {
		place.append(make("p", { class: "none" }, "No moment is known."));
		place.hidden = false;
		return;
	}
	const bar = tools("timeline"), words = timelineKinds();
	const oldest = rows[rows.length - 1][0], newest = Math.max(rows[0][0], oldest + 1000000);
	let from = oldest, to = newest, hits = [], newestFirst = true;
	const lower = rows.map((row) => row[2].toLowerCase());
	const list = virtualList("Moments", (i) => momentRow(hits[newestFirst ? i : hits.length - 1 - i]));
	const chart = timelineChart((a, b) => zoom(a, b), (step, factor) => {
		const middle = (from + to) / 2 + step * (to - from), half = (to - from) / 2 * factor;

		zoom(middle - half, middle + half);
	});
	function zoom(a, b) {
		const width = Math.min(Math.max(b - a, 1000), newest - oldest);

		from = Math.max(oldest, Math.min(a, newest - width));
		to = from + width;
		run();
	}
	function run() {
		const wanted = input.value.trim().toLowerCase();
		const on = checks.filter((c) => c.checked).map((c) => c.value);

		hits = rows.filter((row, i) => row[0] >= from && row[0] <= to && on.some((k) => row[1].includes(k)) && lower[i].includes(wanted));
		chart.show(hits, from, to);
		list.top();
		list.show(hits.length);
		count(hits.length, rows.length);
		say(`${hits.length} moments shown`);
	}
	const present = Object.keys(words).filter((k) => rows.some((row) => row[1].includes(k)));
	const checks = present.map((k) => addCheck(bar, words[k] + (k === "?" ? "" : ` (${k})`), true, run, k));
	const input = addSearch(bar, "Search the timeline", run);
	const button = (label, act) => {
		const b = make("button", { type: "button", onclick: act }, label);

		bar.append(b);
		return b;
	};
	button("Zoom in", () => zoom(from + (to - from) / 4, to - (to - from) / 4));
	button("Zoom out", () => zoom(from - (to - from) / 2, to + (to - from) / 2));
	button("All", () => zoom(oldest, newest));
	if (started && started < newest)
		button("Since the container started", () => zoom(started - 1000000, Math.max(newest, collected)));
	const order = button("Oldest first", () => {
		newestFirst = !newestFirst;
		order.textContent = newestFirst ? "Oldest first" : "Newest first";
		run();
	});
	const count = addHits(bar);
	place.append(chart.box, list.box);
	if (all > rows.length)
		place.append(make("p", { class: "more" }, `The page holds the newest ${rows.length} of ${all} moments; all of them are in timeline.jsonl in the package.`));
	place.hidden = false;
	// What the image brought along is of another time: the container's own comes first.
	if (started && rows.length > 1 && rows[Math.min(9, rows.length - 1)][0] >= started)
		zoom(started - 1000000, Math.max(newest, collected));
	else
		run();
}
