// SPDX-License-Identifier: GPL-2.0-or-later
// findings.js - findings by severity and by what is searched for.

function enhanceFindings() {
	const cards = [...document.querySelectorAll("article.finding")];

	if (!cards.length)
		return;
	const bar = tools("findings");
	const items = cards.map((card) => [...card.querySelectorAll("li")].map((li) => [li, li.textContent.toLowerCase()]));
	const heads = cards.map((card) => (card.querySelector("h3").textContent + card.querySelector(".why").textContent).toLowerCase());
	const all = items.reduce((n, list) => n + list.length, 0);
	const run = () => {
		const wanted = input.value.trim().toLowerCase();
		const on = new Set(checks.filter((c) => c.checked).map((c) => c.value));
		let n = 0;

		cards.forEach((card, i) => {
			const whole = heads[i].includes(wanted), fits = on.has(card.dataset.severity);
			let hits = 0;

			for (const [li, text] of items[i]) {
				li.hidden = !(whole || text.includes(wanted));
				hits += li.hidden ? 0 : 1;
			}
			card.hidden = !fits || !hits;
			n += fits ? hits : 0;
			if (wanted && card.querySelector("details"))
				card.querySelector("details").open = !whole;
		});
		hits(n, all);
		say(`${n} findings shown`);
	};
	const checks = ["high", "medium", "low"].map((s) => addCheck(bar, s, true, run));
	const input = addSearch(bar, "Search findings", run);
	const hits = addHits(bar);

	hits(all, all);
}
