// SPDX-License-Identifier: GPL-2.0-or-later
// base.js - elements, text, buttons. Whatever a container chose gets into the page as a text node only. All scripts of
// this folder are one, in the order of their names; but for this one they declare functions, and start.js calls them.
"use strict";

const byId = (id) => document.getElementById(id);
const collator = new Intl.Collator("en", { numeric: true });

// An element with attributes; children are elements or text.
function make(tag, attributes, ...children) {
	const e = document.createElement(tag);

	for (const [name, value] of Object.entries(attributes || {})) {
		if (name.startsWith("on"))
			e.addEventListener(name.slice(2), value);
		else if (value === true)
			e.setAttribute(name, "");
		else if (value !== false && value !== undefined)
			e.setAttribute(name, value);
	}
	e.append(...children);
	return e;
}

// Text of the container's, isolated from the direction of what is around; escapes in it are marked.
function shown(text) {
	const bdi = make("bdi");

	text.split(/((?:\\(?:[0-7]{3}|[abtnvfr\\]))+)/).forEach((part, i) => {
		if (part)
			bdi.append(i % 2 ? make("span", { class: "esc" }, part) : part);
	});
	return bdi;
}

function say(text) {
	byId("status").textContent = text;
}

function later(run, wait) {
	let timer = 0;

	return () => {
		clearTimeout(timer);
		timer = setTimeout(run, wait);
	};
}

function data(id) {
	try {
		return JSON.parse(byId(id).textContent);
	} catch (e) {
		return { rows: [] };
	}
}

// Microseconds as "2023-11-14 22:13:20.123".
function moment(us) {
	const date = new Date(us / 1000);

	return isNaN(date) ? "?" : date.toISOString().replace("T", " ").slice(0, -1);
}

function size(bytes) {
	let unit = -1;

	if (bytes < 0)
		return "";
	if (bytes < 1024)
		return bytes + " B";
	for (; bytes >= 1024 && unit < 5; unit++)
		bytes /= 1024;
	return bytes.toFixed(1) + " " + "KMGTPE"[unit] + "iB";
}

function copyBySelection(e) {
	const selection = getSelection(), range = document.createRange();

	range.selectNodeContents(e);
	selection.removeAllRanges();
	selection.addRange(range);
	const done = document.execCommand("copy");
	selection.removeAllRanges();
	return done;
}

async function copy(e, button) {
	let done = false;

	try {
		await navigator.clipboard.writeText(e.textContent);
		done = true;
	} catch (error) {
		done = copyBySelection(e);
	}
	button.textContent = done ? "Copied" : "Not copied";
	say(done ? "Copied" : "Could not be copied");
	setTimeout(() => { button.textContent = "Copy"; }, 1500);
}

function addCopyButtons() {
	for (const e of document.querySelectorAll("code.copy")) {
		const short = e.textContent.length > 40 ? e.textContent.slice(0, 40) + "\u2026" : e.textContent;
		const button = make("button", { type: "button", class: "copybtn", "aria-label": "Copy " + short }, "Copy");

		button.addEventListener("click", () => copy(e, button));
		e.after(button);
	}
}

function tools(name) {
	const bar = document.querySelector(`.tools[data-for="${name}"]`);

	bar.hidden = false;
	return bar;
}

function addSearch(bar, label, run) {
	const input = make("input", { type: "search", "aria-label": label, placeholder: label, autocomplete: "off", spellcheck: "false" });

	input.addEventListener("input", later(run, 120));
	bar.append(make("label", { class: "search" }, input));
	return input;
}

function addCheck(bar, label, on, run, value) {
	const input = make("input", { type: "checkbox", value: value || label });

	input.checked = on;
	input.addEventListener("change", run);
	bar.append(make("label", {}, input, label));
	return input;
}

function addHits(bar) {
	const hits = make("span", { class: "hits" });

	bar.append(hits);
	return (n, all) => { hits.textContent = n === all ? `${all}` : `${n} of ${all}`; };
}

// The part of the page that is read is marked in the list of parts.
function followNavigation() {
	const links = new Map();

	for (const a of document.querySelectorAll("nav a"))
		links.set(a.getAttribute("href").slice(1), a);
	const seen = new IntersectionObserver((entries) => {
		for (const entry of entries) {
			if (!entry.isIntersecting)
				continue;
			for (const a of links.values())
				a.removeAttribute("aria-current");
			const a = links.get(entry.target.id), list = a.closest("ul");

			a.setAttribute("aria-current", "true");
			list.scrollLeft = a.offsetLeft - list.clientWidth / 3;
		}
	}, { rootMargin: "-10% 0px -80% 0px" });
	for (const section of document.querySelectorAll("main > section"))
		seen.observe(section);
}
