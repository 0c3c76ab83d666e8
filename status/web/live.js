// What the page does besides, where scripts run: it says times in the reader's
// zone too, and keeps itself up to date. Everything can be read without it.
(() => {
const html = document.documentElement, say = html.dataset, status = document.getElementById("live");
// A time with its own offset is shown in the reader's zone if that is another.
const yours = (root) => {
	for (const e of root.querySelectorAll("time.at")) {
		const t = new Date(e.dateTime), m = /([+-])(\d\d):(\d\d)$/.exec(e.dateTime);
		const theirs = m ? (m[1] === "-" ? 1 : -1) * (m[2] * 60 + +m[3]) : 0;
		if (isNaN(t) || t.getTimezoneOffset() === theirs || e.nextElementSibling?.className === "yours") continue;
		const s = document.createElement("span");
		s.className = "yours";
		s.textContent = say.yours.replace("{time}", t.toLocaleString(html.lang, {dateStyle: "medium", timeStyle: "short", hour12: false}));
		e.after(s);
	}
};
const tell = (words) => { if (status.textContent !== words) status.textContent = words; };
const clock = (t) => new Date(t).toLocaleString(html.lang, {dateStyle: "medium", timeStyle: "short", hour12: false});
let seen, missed = 0;
// A page that was not touched keeps what its reader opened, and where they are.
const take = (text) => {
	const next = new DOMParser().parseFromString(text, "text/html"), main = document.querySelector("main"), other = next.querySelector("main");
	if (!main || !other) return;
	document.title = next.title;
	for (const sel of ["link[rel=icon]", "footer.site"]) {
		const a = document.querySelector(sel), b = next.querySelector(sel);
		if (a && b) a.replaceWith(b);
	}
	if (main.innerHTML === other.innerHTML) return;
	const open = [...main.querySelectorAll("details[open][id]")].map((d) => d.id);
	main.replaceChildren(...other.childNodes);
	for (const id of open) { const d = document.getElementById(id); if (d) d.open = true; }
	yours(document);
	tell(say.changed);
};
// Asking is conditional: the browser sends the tag of what it has.
const look = async () => {
	if (document.hidden) return;
	try {
		const page = await fetch(location.pathname + location.search, {cache: "no-cache"});
		if (!page.ok) throw new Error(page.status);
		const text = await page.text(), alive = await (await fetch("/alive.json", {cache: "no-cache"})).json();
		missed = 0;
		if (Date.now() - new Date(alive.at) > 15 * 60e3) tell(say.gone.replace("{time}", clock(alive.at)));
		else if (status.textContent && seen === text) tell("");
		if (seen !== undefined && seen !== text) take(text);
		seen = text;
	} catch {
		if (++missed > 1) tell(say.gone.replace("{time}", clock(say.issued)));
	}
};
yours(document);
if (location.protocol.startsWith("http")) {
	look();
	setInterval(look, 30e3);
	document.addEventListener("visibilitychange", look);
}
})();
