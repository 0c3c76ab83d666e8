// The room, live. Without this file the page still reads and posts; with it,
// answers come without leaving the page, messages appear as they are said, and
// the command line completes.
"use strict";
(() => {
  const root = document.documentElement, body = document.body;
  root.classList.add("js");
  const $ = (s, within = document) => within.querySelector(s);
  const $$ = (s, within = document) => [...within.querySelectorAll(s)];
  const channel = body.dataset.channel, command = body.dataset.command;
  const messages = $("#messages"), said = $("#said"), answers = $("#answers"), line = $("#line"), text = $("#text");
  const choices = $("#choices"), dialog = $("#dialog"), replying = $("#replying"), newer = $("#newer"), aloud = $("#aloud");
  const path = (p) => "/" + p + "/" + encodeURIComponent(channel);
  const newID = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");
  const narrow = matchMedia("(max-width: 56rem)");

  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
  document.cookie = "sitrep_zone=" + encodeURIComponent(zone) + "; path=/; SameSite=Strict; max-age=31536000";

  // Sending. A form keeps its id until it was answered for good, so that sending
  // it again after a lost connection, or after a fault of ours, is the same
  // request and is done once.
  const send = async (form) => {
    const id = form.elements.namedItem("id");
    const data = new URLSearchParams(new FormData(form));
    const buttons = $$("button", form);
    for (const b of buttons) b.disabled = true;
    try {
      const r = await fetch(form.action, { method: "POST", headers: { "X-Part": "1" }, body: data });
      if (id && r.status < 500) id.value = newID();
      const html = r.status === 204 ? "" : await r.text();
      if (html) show(html, form);
      return r.ok;
    } catch {
      say("The room does not answer. What you typed is still here; send it again when it is back.", form);
      return false;
    } finally {
      for (const b of buttons) b.disabled = false;
    }
  };

  // say shows a sentence of the page's own.
  const say = (words, form) => {
    const a = document.createElement("div"), p = document.createElement("p"), x = document.createElement("button");
    a.className = "answer problem"; a.dataset.kind = "problem"; p.textContent = words;
    x.type = "button"; x.className = "close"; x.dataset.close = ""; x.textContent = "×"; x.setAttribute("aria-label", "Close");
    a.append(p, x);
    place(a, form);
  };

  const show = (html, form) => {
    const t = document.createElement("template");
    t.innerHTML = html;
    const a = t.content.firstElementChild;
    if (a) place(a, form);
  };

  // Forms, previews and what is long to read open as a dialog; the rest stands
  // above the command line. A problem with a form stands in the form.
  const place = (a, form) => {
    const kind = a.dataset.kind;
    if (kind === "problem" && form && dialog && dialog.open && dialog.contains(form) && form.matches("[data-form]")) {
      for (const old of $$(".error.whole", form)) old.remove();
      const p = document.createElement("p");
      p.className = "error whole"; p.setAttribute("role", "alert"); p.textContent = $("p", a).textContent;
      form.prepend(p);
      p.scrollIntoView({ block: "nearest" });
      return;
    }
    if (dialog && ["form", "preview", "reading", "help", "card"].includes(kind)) {
      const typed = kind === "form" && dialog.open ? null : document.activeElement;
      dialog.replaceChildren(a);
      if (!dialog.open) { dialog.returnTo = typed; dialog.showModal(); }
      fit();
      const first = $(".wrong :is(input, textarea, select)", dialog) || (kind === "form" && $("input:not([type=hidden]), textarea, select", dialog));
      if (first) first.focus(); else { const h = $("h3", dialog); if (h) { h.tabIndex = -1; h.focus(); } }
      dialog.scrollTop = 0;
      return;
    }
    if (dialog && dialog.open) dialog.close();
    for (const old of $$(".answer", answers)) if (!$(".buttons", old) || old.dataset.kind === "problem") old.remove();
    answers.append(a);
    while (answers.children.length > 3) answers.firstElementChild.remove();
    answers.scrollTop = answers.scrollHeight;
  };

  // A preview's frame is as high as the page in it, as far as that fits.
  const fit = () => {
    for (const f of $$("iframe")) {
      const size = () => { const d = f.contentDocument; if (d && d.body) f.style.blockSize = Math.min(d.body.scrollHeight + 8, innerHeight * 0.6) + "px"; };
      f.addEventListener("load", size);
      size();
    }
  };

  document.addEventListener("submit", async (e) => {
    const form = e.target;
    if (form === line) {
      e.preventDefault();
      const was = text.value.trim();
      if (!was) return;
      closeChoices();
      if (await send(form)) {
        if (text.value.trim() === was) text.value = "";
        noReply();
        grow();
        closeChoices();
      }
      text.focus();
    } else if (form.matches("[data-act], [data-form]")) {
      e.preventDefault();
      const held = form.closest(".answer"), inDialog = dialog && dialog.contains(form);
      const before = inDialog ? dialog.firstElementChild : null;
      const ok = await send(form);
      if (!ok) return;
      if (form.dataset.then) { location.href = form.dataset.then; return; }
      if (held && !inDialog && form.matches("[data-act]")) held.remove();
      if (inDialog && dialog.open && dialog.firstElementChild === before) dialog.close(); // answered with nothing to show
      const tools = form.closest(".tools");
      if (tools) tools.open = false;
      if (form.matches(".editing")) form.dispatchEvent(new Event("done"));
    }
  });

  document.addEventListener("click", (e) => {
    const b = e.target.closest("button, a");
    if (!b) return;
    if (b.hasAttribute("data-close")) {
      if (b.closest("dialog")) dialog.close();
      else b.closest(".answer").remove();
    } else if (b.dataset.reply) {
      reply(b.dataset.reply, b.dataset.name);
      b.closest(".tools").open = false;
    } else if (b.hasAttribute("data-noreply")) {
      noReply();
      text.focus();
    } else if (b.dataset.type) {
      e.preventDefault();
      type(b.dataset.type);
    } else if (b.dataset.fetch) {
      e.preventDefault();
      fetch(b.dataset.fetch).then(async (r) => { if (r.ok) show(await r.text()); }, () => say("The room does not answer. Try again when it is back."));
    } else if (b.dataset.edit) {
      edit(b.closest(".message"), b.dataset.edit);
    } else if (b.dataset.view && narrow.matches) {
      e.preventDefault();
      view(b.dataset.view);
    }
  });

  if (!line) return; // a page to read: the rest is the room

  dialog.addEventListener("close", () => {
    dialog.replaceChildren();
    const to = dialog.returnTo;
    if (to && to.isConnected && to !== body) to.focus({ preventScroll: true });
  });
  dialog.addEventListener("click", (e) => { if (e.target === dialog && !$("form[data-form]", dialog)) dialog.close(); });

  const reply = (key, name) => {
    line.elements.reply.value = key;
    $("span", replying).textContent = "In reply to " + name;
    replying.hidden = false;
    if (narrow.matches) view("talk");
    text.focus();
  };
  const noReply = () => { line.elements.reply.value = ""; replying.hidden = true; };
  const type = (words) => { text.value = words; text.focus(); grow(); complete(); };

  // Editing happens where the message stands.
  const edit = (m, key) => {
    const p = $(":scope > .text", m);
    if (!p) return;
    const form = document.createElement("form");
    form.method = "post"; form.action = path("message"); form.dataset.act = ""; form.className = "editing";
    for (const [k, v] of [["id", newID()], ["of", key], ["do", "edit"]]) {
      const i = document.createElement("input"); i.type = "hidden"; i.name = k; i.value = v; form.append(i);
    }
    const area = document.createElement("textarea"); area.name = "text"; area.value = p.textContent; area.rows = 3; area.setAttribute("aria-label", "New text");
    const row = document.createElement("div"); row.className = "buttons";
    const ok = document.createElement("button"); ok.textContent = "Keep"; ok.className = "primary";
    const no = document.createElement("button"); no.textContent = "Not now"; no.type = "button";
    const back = () => { form.replaceWith(p); refreshed(m); };
    no.addEventListener("click", back);
    form.addEventListener("done", back);
    area.addEventListener("keydown", (e) => {
      if (e.key === "Escape") back();
      if (e.key === "Enter" && !e.shiftKey && !e.isComposing) { e.preventDefault(); form.requestSubmit(); }
    });
    row.append(ok, no);
    form.append(area, row);
    const tools = $(":scope > .tools", m);
    if (tools) tools.open = false;
    p.replaceWith(form);
    area.focus();
  };

  // Messages arrive one by one, each whole with its thread.
  const held = new Map(); // what came for a message that is being edited
  const refreshed = (m) => {
    const top = m.parentElement.closest(".message") || m, html = held.get(top.dataset.key);
    if (html) { held.delete(top.dataset.key); put({ key: top.dataset.key, n: Number(top.dataset.n), html }); }
  };
  const atEnd = () => messages.scrollHeight - messages.scrollTop - messages.clientHeight < 120;
  const bottom = () => { messages.scrollTop = messages.scrollHeight; newer.hidden = true; };
  const put = ({ key, n, html }) => {
    const t = document.createElement("template");
    t.innerHTML = html;
    const next = t.content.querySelector("article");
    const old = $$("article[data-n]", said).find((a) => a.dataset.key === key);
    const low = atEnd();
    if (old) {
      if ($(".editing", old)) { held.set(key, html); return; }
      const had = old.contains(document.activeElement), thread = $(":scope > .replies", old), now = $(":scope > .replies", next);
      if (now && thread) now.open = thread.open;
      if (now && thread && $$(".message", now).length > $$(".message", thread).length) heard([...$$(".message", now)].pop());
      for (const d of $$(".tools[open]", old)) { const m = d.closest(".message").dataset.key; const same = $$(".message", next).concat(next).find((x) => x.dataset.key === m); if (same && $(":scope > .tools", same)) $(":scope > .tools", same).open = true; }
      old.replaceWith(next);
      if (had) next.focus({ preventScroll: true });
    } else {
      const before = $$("article[data-n]", said).find((a) => Number(a.dataset.n) > n);
      const first = $("article[data-n]", said);
      if (before && before === first && body.hasAttribute("data-long")) return; // it stands among the earlier ones
      if (before) before.before(next); else said.append(next);
      const empty = $(".empty", said);
      if (empty) empty.remove();
      heard(next);
    }
    tidy();
    if (low) bottom(); else if (!old) newer.hidden = false;
  };
  // heard tells screen readers of what others said.
  const heard = (m) => {
    if (m && m.dataset.by !== body.dataset.me) aloud.textContent = (($(".by", m) || {}).textContent || "sitrep") + ": " + ($(".text, .announcement, .entry-line, .card .name", m) || m).textContent.trim().slice(0, 300);
  };
  // tidy keeps the days and the names where they belong.
  const tidy = () => {
    let day = "", by = "";
    for (const d of $$(":scope > .day", said)) d.remove();
    for (const m of $$(":scope > article", said)) {
      const fresh = m.dataset.day !== day, ours = m.classList.contains("ours");
      if (fresh) {
        day = m.dataset.day;
        const p = document.createElement("p"), s = document.createElement("span");
        p.className = "day"; s.textContent = day; p.append(s); m.before(p);
      }
      m.classList.toggle("follows", !ours && !fresh && m.dataset.by === by);
      by = ours || $(":scope > .replies", m) ? "" : m.dataset.by;
    }
  };
  newer.addEventListener("click", () => { bottom(); text.focus(); });
  messages.addEventListener("scroll", () => { if (atEnd()) newer.hidden = true; });

  // The parts left and right are fetched whole: they are small, and cannot drift.
  const refresh = async (part, el) => {
    try {
      const r = await fetch("/part/" + part + "/" + encodeURIComponent(channel) + (part === "side" ? location.search : ""));
      if (!r.ok) return;
      const html = await r.text();
      if (el.contains(document.activeElement) && document.activeElement.matches("input, textarea, select")) return;
      const opened = new Set($$("details[open]", el).map((d) => where(d, el))), focus = el.contains(document.activeElement) ? where(document.activeElement, el) : null;
      const story = $("#story", el), only = story && story.checked, top = el.scrollTop;
      el.innerHTML = html;
      for (const d of $$("details", el)) if (opened.has(where(d, el))) d.open = true;
      if (only && $("#story", el)) $("#story", el).checked = true;
      if (part === "side") tabs();
      if (focus) { const same = $$("button, a, summary", el).find((x) => where(x, el) === focus); if (same) same.focus({ preventScroll: true }); }
      el.scrollTop = top;
      if (part === "nav") unread();
    } catch { /* the stream says when the room is back, and then it is fetched */ }
  };
  // where names an element by what it is about, so that it is found again.
  const where = (x, el) => {
    const of = x.closest("[data-ref], [data-part], .card");
    return (of && el.contains(of) ? of.dataset.ref || of.dataset.part || "card" : "") + "/" + x.localName + "/" + (x.localName === "details" ? x.className : x.textContent.trim());
  };
  const soon = (() => {
    const waiting = new Map();
    return (part, el) => {
      if (!el || waiting.has(part)) return;
      waiting.set(part, setTimeout(() => { waiting.delete(part); refresh(part, el); }, 150));
    };
  })();

  const news = new Set();
  const unread = () => { for (const li of $$(".nav li[data-of]")) li.classList.toggle("unread", news.has(li.dataset.of) && !li.classList.contains("here")); };
  let shown = Number(body.dataset.last) || 0, source, since = null;
  const away = $("#away");
  const listen = () => {
    source = new EventSource(path("events") + "?after=" + shown);
    const on = (name, f) => source.addEventListener(name, (e) => f(JSON.parse(e.data || "{}"), e));
    on("message", (m) => { if (m.key) put(m); });
    on("shown", (_, e) => { shown = Number(e.lastEventId) || shown; soon("side", $("#side")); });
    on("elsewhere", (e) => { news.add(e.channel); unread(); });
    on("changed", () => { soon("nav", $("#nav")); soon("side", $("#side")); if (!$("#side")) soon("nav", $("#nav")); });
    source.addEventListener("open", () => {
      if (since) { soon("nav", $("#nav")); soon("side", $("#side")); }
      since = null;
      away.hidden = true;
    });
    source.addEventListener("error", () => {
      if (!since) since = new Date();
      away.textContent = "Not connected since " + since.toTimeString().slice(0, 5) + " your time. Trying again; what you type stays here.";
      away.hidden = false;
      if (source.readyState === EventSource.CLOSED) { source.close(); setTimeout(listen, 3000); }
    });
  };
  listen();

  // Tabs of the side.
  let tab = narrow.matches ? "" : "timeline";
  const tabs = () => {
    const panels = $(".panels");
    if (!panels) return;
    const all = $$(".panel", panels), list = document.createElement("div");
    list.className = "tablist"; list.setAttribute("role", "tablist");
    if (!all.some((p) => p.dataset.part === tab)) tab = all[0].dataset.part;
    for (const p of all) {
      const b = document.createElement("button");
      b.type = "button"; b.setAttribute("role", "tab"); b.id = "t-" + p.dataset.part; b.textContent = $("h2", p).textContent.replace(/ \((draft|published)\)/, "");
      b.setAttribute("aria-controls", p.id);
      p.setAttribute("role", "tabpanel"); p.setAttribute("aria-labelledby", b.id);
      const choose = () => {
        tab = p.dataset.part;
        for (const q of all) {
          const on = q === p, qb = $("#t-" + q.dataset.part, list);
          q.classList.toggle("on", on); qb.setAttribute("aria-selected", on); qb.tabIndex = on ? 0 : -1;
        }
      };
      b.addEventListener("click", choose);
      b.addEventListener("keydown", (e) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
        if (!step) return;
        const i = (all.indexOf(p) + step + all.length) % all.length, other = $("#t-" + all[i].dataset.part, list);
        other.click(); other.focus();
      });
      list.append(b);
    }
    $("#t-" + tab, list).click();
    panels.prepend(list);
    panels.classList.add("tabbed");
  };

  // One area at a time on a phone.
  const view = (name) => {
    body.dataset.view = name;
    for (const a of $$(".views a")) a.toggleAttribute("aria-current", a.dataset.view === name);
    if (name === "talk") bottom();
  };

  // The command line.
  const grow = () => { text.style.blockSize = "auto"; text.style.blockSize = Math.min(text.scrollHeight + 2, 240) + "px"; };
  let picked = -1, asked = 0;
  const closeChoices = () => { asked++; choices.hidden = true; choices.replaceChildren(); picked = -1; text.removeAttribute("aria-activedescendant"); };
  const complete = async () => {
    const words = text.value;
    if (!words.startsWith("/") && !/(^|\s)@\S*$/.test(words)) return closeChoices();
    const n = ++asked; // an answer to what was typed before is of no use any more
    try {
      const r = await fetch(path("complete") + "?line=" + encodeURIComponent(words), { headers: { Accept: "application/json" } });
      const list = r.ok ? await r.json() : [];
      if (n !== asked) return;
      picked = -1;
      choices.replaceChildren(...list.map((c, i) => {
        const li = document.createElement("li");
        li.role = "option"; li.id = "choice" + i; li.dataset.text = c.text;
        const b = document.createElement("b"), s = document.createElement("span");
        b.textContent = c.show; s.textContent = c.help;
        li.append(b, " ", s);
        return li;
      }));
      choices.hidden = list.length === 0;
      choices.scrollTop = 0;
    } catch { closeChoices(); }
  };
  const take = (li) => { text.value = li.dataset.text; text.focus(); grow(); complete(); };
  const pick = (i) => {
    const all = choices.children;
    picked = (i + all.length) % all.length;
    for (const [j, li] of [...all].entries()) li.setAttribute("aria-selected", j === picked);
    text.setAttribute("aria-activedescendant", all[picked].id);
    all[picked].scrollIntoView({ block: "nearest" });
  };
  choices.addEventListener("mousedown", (e) => e.preventDefault()); // the line keeps the focus
  choices.addEventListener("click", (e) => { const li = e.target.closest("li"); if (li) take(li); });
  text.addEventListener("input", () => { grow(); complete(); });
  text.addEventListener("blur", closeChoices);
  text.addEventListener("keydown", (e) => {
    const all = choices.hidden ? [] : choices.children;
    if (e.key === "Tab" && all.length && !e.shiftKey) { e.preventDefault(); take(all[Math.max(picked, 0)]); }
    else if (e.key === "ArrowDown" && all.length) { e.preventDefault(); pick(picked + 1); }
    else if (e.key === "ArrowUp" && all.length) { e.preventDefault(); pick(picked < 0 ? all.length - 1 : picked - 1); }
    else if (e.key === "Escape") { if (all.length) closeChoices(); else noReply(); }
    else if (e.key === "Enter" && !e.shiftKey && !e.isComposing) {
      e.preventDefault();
      if (picked >= 0) take(all[picked]);
      else line.requestSubmit();
    }
    else if (e.key === "ArrowUp" && !text.value) { e.preventDefault(); walk(-1); }
  });

  // By keyboard: / to the line; up and down through the messages; on one, m adds
  // it to the timeline, r replies, e edits, p pins, and Enter opens the rest.
  const walk = (step) => {
    const all = $$(".message", said).filter((m) => m.getClientRects().length), here = all.indexOf(document.activeElement.closest && document.activeElement.closest(".message"));
    const next = all[here < 0 ? all.length - 1 : here + step];
    if (next) next.focus(); else if (step > 0) text.focus();
  };
  const keys = { m: "mark", r: "reply", e: "edit", p: "pin" };
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || dialog.open || e.target.matches("input, textarea, select")) return;
    if (e.key === "/") { e.preventDefault(); text.focus(); text.value = text.value || "/"; grow(); complete(); return; }
    if (!messages.contains(e.target)) return;
    const m = e.target.closest(".message");
    if (e.key === "ArrowUp" || e.key === "k") { e.preventDefault(); walk(-1); }
    else if (e.key === "ArrowDown" || e.key === "j") { e.preventDefault(); walk(1); }
    else if (e.key === "Escape") text.focus();
    else if (m && m === e.target && keys[e.key]) {
      const b = $(':scope > .tools [data-do="' + keys[e.key] + '"]', m);
      if (b) { e.preventDefault(); b.click(); }
    } else if (m && m === e.target && e.key === "Enter") {
      const d = $(":scope > .tools", m);
      if (d) { d.open = true; const b = $("button", d); if (b) b.focus(); }
    }
  });

  // Begin.
  tabs();
  view($("#side") && !location.hash && narrow.matches ? "side" : "talk");
  for (const a of $$(".answer", answers)) { a.remove(); place(a); }
  grow();
  if (text.value) text.setSelectionRange(text.value.length, text.value.length);
  if (location.hash.startsWith("#m-")) { const m = document.getElementById(location.hash.slice(1)); if (m) { m.focus(); m.scrollIntoView({ block: "center" }); } } else bottom();
  if (!narrow.matches) { const who = body.hasAttribute("data-nameless") && $("#who"); (who || text).focus({ preventScroll: true }); }
})();
