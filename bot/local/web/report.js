// The page of a postmortem: copying it whole, and keeping both sides in step.
// Without this file everything else on the page works.
"use strict";
(() => {
  const copy = document.getElementById("copy"), rich = document.getElementById("rich"), plain = document.getElementById("plain");
  if (copy && rich && plain) {
    const label = copy.textContent;
    const done = (words) => { copy.textContent = words; setTimeout(() => { copy.textContent = label; }, 2500); };
    // The old way works where the page has no secure origin.
    const oldWay = (html, text) => {
      let ok = false;
      const put = (e) => {
        e.clipboardData.setData("text/html", html);
        e.clipboardData.setData("text/plain", text);
        e.preventDefault();
        ok = true;
      };
      document.addEventListener("copy", put);
      try { document.execCommand("copy"); } finally { document.removeEventListener("copy", put); }
      return ok;
    };
    copy.addEventListener("click", async () => {
      const html = "<meta charset=\"utf-8\">" + rich.innerHTML, text = plain.value;
      try {
        if (!navigator.clipboard || !window.ClipboardItem) throw new Error("old");
        await navigator.clipboard.write([new ClipboardItem({
          "text/html": new Blob([html], { type: "text/html" }),
          "text/plain": new Blob([text], { type: "text/plain" }),
        })]);
        done("Copied");
      } catch {
        done(oldWay(html, text) ? "Copied" : "Not copied: select it instead");
      }
    });
  }

  // Looking at what one has written leaves the page, so it is sent as a plain
  // form, with what was typed still in it when one comes back.
  const write = document.getElementById("write");
  if (write) {
    for (const b of write.querySelectorAll("[data-plain]")) {
      b.addEventListener("click", (e) => {
        e.preventDefault();
        e.stopPropagation();
        const i = document.createElement("input");
        i.type = "hidden"; i.name = b.name; i.value = b.value;
        write.append(i);
        HTMLFormElement.prototype.submit.call(write);
      });
    }
    const text = write.querySelector("textarea"), was = text.defaultValue;
    let sent = false;
    write.addEventListener("submit", () => { sent = true; });
    for (const b of write.querySelectorAll("[data-plain]")) b.addEventListener("click", () => { sent = true; });
    addEventListener("beforeunload", (e) => { if (!sent && text.value !== was) e.preventDefault(); });
  }

  // What was done with a button is seen on the page once it is recorded.
  document.addEventListener("submit", (e) => {
    if (!e.target.matches(".life [data-act], #dialog [data-act]")) return;
    const seen = new MutationObserver(() => {
      const a = document.querySelector("#answers .answer");
      if (!a || a.dataset.kind !== "receipt") return;
      seen.disconnect();
      setTimeout(() => location.reload(), 1200);
    });
    seen.observe(document.getElementById("answers"), { childList: true });
  });
  document.body.dataset.live = "";
})();
