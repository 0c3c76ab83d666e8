// The room, live. Without this file the page still reads and posts; with it,
// answers come without leaving the page, messages appear as they are said, and
// the command line completes.
"use strict";
(() => {
  const body = document.body, channel = body.dataset.channel, command = body.dataset.command;
  const $ = (s, in_ = document) => in_.querySelector(s);
  const messages = $("#messages"), answers = $("#answers"), line = $("#line"), text = $("#text");
  const choices = $("#choices"), dialog = $("#dialog"), replying = $("#replying");
  const path = (p) => "/" + p + "/" + encodeURIComponent(channel);
  const newID = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");

  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
  document.cookie = "sitrep_zone=" + encodeURIComponent(zone) + "; path=/; SameSite=Lax; max-age=31536000";

  // Sending. A form keeps its id until it was answered, so that sending it
  // again after a lost connection is the same request.
  const send = async (form, into) => {
    const id = form.elements.namedItem("id");
    if (id && !id.value) id.value = newID();
    for (const b of form.querySelectorAll("button")) b.disabled = true;
    try {
      const r = await fetch(form.action, { method: "POST", headers: { "X-Part": "1" }, body: new URLSearchParams(new FormData(form)) });
      if (id) id.value = "";
      const html = r.status === 204 ? "" : await r.text();
      if (html) show(html, into);
      return r.ok;
    } catch {
      show('<div class="answer problem"><p>The room does not answer. What you typed is still here; send it again when it is back.</p><button type="button" class="close" data-close aria-label="Close">×</button></div>', into);
      return false;
    } finally {
      for (const b of form.querySelectorAll("button")) b.disabled = false;
    }
  };

  // Answers: forms and previews open as a dialog, the rest stands above the line.
  const show = (html) => {
    const t = document.createElement("template");
    t.innerHTML = html;
    const a = t.content.firstElementChild;
    if (!a) return;
    const kind = a.dataset.kind;
    if (kind === "form" || kind === "preview" || kind === "reading" || kind === "help") {
      dialog.replaceChildren(a);
      if (!dialog.open) dialog.showModal();
      const first = $(".field.wrong input, .field.wrong textarea, .field.wrong select", dialog) || $("input:not([type=hidden]), textarea, select", dialog);
      if (kind === "form" && first) first.focus();
      fit();
      return;
    }
    if (dialog.open) dialog.close();
    answers.append(a);
    while (answers.children.length > 3) answers.firstElementChild.remove();
    if (kind === "receipt" && !$("button:not(.close)", a)) setTimeout(() => a.remove(), 20000);
    a.scrollIntoView({ block: "nearest" });
  };

  // A preview's frame is as high as the page in it.
  const fit = () => {
    for (const f of dialog.querySelectorAll("iframe")) {
      const size = () => { if (f.contentDocument) f.style.height = Math.min(f.contentDocument.documentElement.scrollHeight + 8, innerHeight * 0.55) + "px"; };
      f.addEventListener("load", size);
      size();
    }
  };

  document.addEventListener("submit", async (e) => {
    const form = e.target;
    if (form === line) {
      e.preventDefault();
      if (!text.value.trim()) return;
      const was = text.value.trim();
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
      const ok = await send(form);
      if (ok && form.closest(".answer") && form.matches("[data-act]") && !form.closest("dialog")) form.closest(".answer").remove();
    }
  });

  document.addEventListener("click", (e) => {
    const b = e.target.closest("button");
    if (!b) return;
    if (b.hasAttribute("data-close")) {
      if (b.closest("dialog")) dialog.close();
      else b.closest(".answer").remove();
    } else if (b.dataset.reply) {
      line.elements.reply.value = b.dataset.reply;
      $("span", replying).textContent = "Replying to " + b.dataset.name;
      replying.hidden = false;
      text.focus();
    } else if (b.hasAttribute("data-noreply")) {
      noReply();
    } else if (b.dataset.type) {
      text.value = b.dataset.type.replace("/incident", command);
      text.focus();
      grow();
    } else if (b.dataset.edit) {
      edit(b);
    }
  });

  const noReply = () => { line.elements.reply.value = ""; replying.hidden = true; };

  // Editing happens where the message stands.
  const edit = (b) => {
    const m = b.closest(".message"), p = $(".text", m), form = document.createElement("form");
    form.method = "post"; form.action = path("message"); form.dataset.act = ""; form.className = "editing";
    for (const [k, v] of [["id", ""], ["of", b.dataset.edit], ["do", "edit"]]) {
      const i = document.createElement("input"); i.type = "hidden"; i.name = k; i.value = v; form.append(i);
    }
    const area = document.createElement("textarea"); area.name = "text"; area.value = p.textContent; area.rows = 3;
    area.setAttribute("aria-label", "New text");
    const ok = document.createElement("button"); ok.textContent = "Keep"; ok.className = "primary";
    form.append(area, ok);
    p.replaceWith(form);
    area.focus();
  };

  // Live. Parts are fetched whole: they are small, and cannot drift.
  const open = new Map();
  const refresh = async (part, el) => {
    if (!el) return;
    try {
      const r = await fetch("/part/" + part + "/" + encodeURIComponent(channel));
      if (!r.ok) return;
      for (const d of el.querySelectorAll("details[data-part]")) open.set(d.dataset.part, d.open);
      const editing = el.contains(document.activeElement) && document.activeElement.matches("textarea, input:not([type=hidden])");
      if (editing) return;
      const low = el.scrollHeight - el.scrollTop - el.clientHeight < 80;
      el.innerHTML = await r.text();
      for (const d of el.querySelectorAll("details[data-part]")) if (open.has(d.dataset.part)) d.open = open.get(d.dataset.part);
      if (el === messages && low) bottom();
    } catch { /* the stream says when the room is back, and everything is fetched then */ }
  };
  const soon = (() => {
    const waiting = new Map();
    return (part, el) => {
      if (waiting.has(part)) return;
      waiting.set(part, setTimeout(() => { waiting.delete(part); refresh(part, el); }, 60));
    };
  })();
  const bottom = () => { messages.scrollTop = messages.scrollHeight; };
  const changed = () => {
    soon("nav", $("#nav"));
    if ($("#side")) soon("side", $("#side"));
    soon("talk", messages);
  };
  const stream = new EventSource(path("events"));
  let away = false;
  stream.addEventListener("open", () => { if (away) changed(); away = false; body.classList.remove("away"); });
  stream.addEventListener("error", () => { away = true; body.classList.add("away"); });
  stream.addEventListener("item", () => soon("talk", messages));
  stream.addEventListener("elsewhere", () => soon("nav", $("#nav")));
  stream.addEventListener("changed", changed);
  bottom();
  if (matchMedia("(max-width: 56rem)").matches) for (const d of document.querySelectorAll(".side > details")) d.open = false;

  // The command line.
  const grow = () => { text.style.height = "auto"; text.style.height = Math.min(text.scrollHeight, 240) + "px"; };
  let picked = -1, asked = 0;
  const closeChoices = () => { asked++; choices.hidden = true; choices.replaceChildren(); picked = -1; };
  const complete = async () => {
    if (!text.value.startsWith("/")) return closeChoices();
    const n = ++asked; // an answer to what was typed before is of no use any more
    try {
      const r = await fetch(path("complete") + "?line=" + encodeURIComponent(text.value), { headers: { Accept: "application/json" } });
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
    } catch { closeChoices(); }
  };
  const take = (li) => { text.value = li.dataset.text; text.focus(); grow(); complete(); };
  const pick = (i) => {
    const all = choices.children;
    if (!all.length) return;
    picked = (i + all.length) % all.length;
    for (const [j, li] of [...all].entries()) li.setAttribute("aria-selected", j === picked);
    text.setAttribute("aria-activedescendant", all[picked].id);
  };
  choices.addEventListener("click", (e) => { const li = e.target.closest("li"); if (li) take(li); });
  text.addEventListener("input", () => { grow(); complete(); });
  text.addEventListener("keydown", (e) => {
    const all = choices.hidden ? [] : choices.children;
    if (e.key === "Tab" && all.length && !e.shiftKey) { e.preventDefault(); take(all[Math.max(picked, 0)]); }
    else if (e.key === "ArrowDown" && all.length) { e.preventDefault(); pick(picked + 1); }
    else if (e.key === "ArrowUp" && all.length) { e.preventDefault(); pick(picked - 1); }
    else if (e.key === "Escape") closeChoices();
    else if (e.key === "Enter" && !e.shiftKey && !e.isComposing) {
      e.preventDefault();
      if (picked >= 0) take(all[picked]);
      else line.requestSubmit();
    }
  });
  document.addEventListener("keydown", (e) => {
    if (e.key === "/" && !e.target.matches("input, textarea, select") && !dialog.open) { e.preventDefault(); text.focus(); text.value = text.value || "/"; complete(); }
  });
  if (!body.hasAttribute("data-nameless")) text.focus({ preventScroll: true });
})();
