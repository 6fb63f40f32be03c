"use strict";

/* Up to six packages in one chart; which, stands in the address. */
(() => {
  const { chart, element, find, load, plain, read, search, write } = backage;
  const MOST = 6;
  const OFFERED = 8;
  const [query, offers, said, chosen, box] = ["search", "suggestions", "said", "chosen", "chart"].map(find);
  const paths = () => read().getAll("p").slice(0, MOST);

  function set(list) {
    const parameters = new URLSearchParams();
    for (const path of list) parameters.append("p", path);
    write(parameters);
    show();
  }

  const titled = (path) => plain(path);

  function item(path, place) {
    const remove = () => {
      set(paths().filter((other) => other !== path));
      query.focus();
    };
    return element("li", null,
      element("span", { class: `swatch s${place + 1}` }),
      element("a", { href: `package/${backage.address(path)}.html` }, element("bdi", null, titled(path))),
      element("button", { type: "button", "aria-label": `Remove ${titled(path)}`, click: remove }, "Remove"));
  }

  async function show() {
    const list = [...new Set(paths())];
    chosen.replaceChildren(...list.map(item));
    said.textContent = list.length ? "" : "Choose two or more packages: search above, or tick them in the list of all.";
    if (!list.length) {
      box.replaceChildren();
      return;
    }
    const loaded = await Promise.allSettled(list.map(load));
    if (list.join("\n") !== [...new Set(paths())].join("\n")) return;
    said.textContent = loaded.filter((one) => one.status === "rejected").map((one) => one.reason.message).join(" ");
    const lines = loaded.filter((one) => one.status === "fulfilled").map((one) => ({ ...one.value, name: titled(one.value.path) }));
    if (lines.length) chart(box, lines);
    else box.replaceChildren();
  }

  function offer() {
    const taken = new Set(paths());
    const full = taken.size >= MOST;
    const found = query.value && !full ? search(query.value).filter((entry) => !taken.has(entry.path)) : [];
    const choose = (entry) => () => {
      query.value = "";
      set([...taken, entry.path]);
      offer();
      query.focus();
    };
    offers.replaceChildren(...found.slice(0, OFFERED).map((entry) => element("li", null,
      element("button", { type: "button", click: choose(entry) }, element("bdi", null, `${entry.of}/${entry.name}`), ` ${entry.type}`))));
    if (query.value && !found.length) said.textContent = full ? `${MOST} packages are the most.` : "No package matches.";
  }

  query.addEventListener("input", offer);
  query.addEventListener("keydown", (event) => {
    if (event.key === "Enter") offers.querySelector("button")?.click();
  });
  addEventListener("hashchange", show);
  show();
})();
