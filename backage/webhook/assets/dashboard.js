"use strict";

/* The chart of the days, and counts that go on while somebody looks. */
(() => {
  const { chart, element, exact, find } = backage;
  const SECONDS = 5;
  const LONGEST = 120;
  const box = find("chart");

  function column(text) {
    return text.split(" ").map((value) => (value === "-" ? null : Number(value)));
  }

  function draw() {
    const daily = column(box.dataset.daily);
    const first = Number(box.dataset.first);
    const line = { name: "Downloads", days: daily.map((_, place) => first + place), daily, total: column(box.dataset.total) };
    chart(box, [line], "daily", []);
  }

  /* What is told while the page is looked at: nothing here is announced, for numbers that change would interrupt. */
  const live = find("live");
  let start = null;
  let wait = SECONDS;
  let timer = 0;

  function say(kind, text, link) {
    live.hidden = false;
    live.replaceChildren(element("span", { class: `dot ${kind}`, "aria-hidden": "true" }), text);
    if (link) live.append(" ", element("a", { href: location.href, click: again }, link));
  }

  function again(event) {
    event.preventDefault();
    location.reload();
  }

  function show(counted) {
    start ??= counted;
    if (counted.date !== start.date || counted.date !== live.dataset.date) {
      say("warn", "A new day has begun.", "Show it");
      return;
    }
    const more = { downloads: counted.downloads - start.downloads, others: counted.others - start.others };
    for (const part of document.querySelectorAll("[data-live]")) {
      (part.querySelector("strong") ?? part).textContent = exact(Number(part.dataset.count) + more[part.dataset.live]);
    }
    const news = more.downloads + more.others;
    if (news && find("empty")) location.reload();
    else if (more.downloads > 0) say("good", `Live: ${exact(more.downloads)} more.`, "Show");
    else say("good", "Live");
  }

  async function ask() {
    clearTimeout(timer);
    if (document.hidden) return;
    try {
      const answer = await fetch(live.dataset.address, { headers: { Accept: "application/json" } });
      if (answer.status === 401 || answer.status === 403) {
        say("bad", "Your session has ended.", "Log in");
        return;
      }
      if (!answer.ok) throw new Error(String(answer.status));
      show(await answer.json());
      wait = SECONDS;
    } catch {
      wait = Math.min(LONGEST, wait * 2);
      say("warn", `Not live: the server does not answer. Next try in ${wait} seconds.`);
    }
    timer = setTimeout(ask, wait * 1000);
  }

  if (box) draw();
  document.addEventListener("visibilitychange", ask);
  ask();
})();
