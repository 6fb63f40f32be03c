"use strict";

/* The versions of a package: the newest stand in its script, all of them in its file of the index. */
backage.versions = (found) => {
  const { compare, count, element, exact, find, page, size, sortable, straight, address } = backage;
  const FIELDS = ["id", "name", "tags", "downloads", "month", "week", "day", "size", "sizes", "date"];
  const FIRST = 20;
  const STEP = 50;
  const body = find("rows");
  if (!body) return;
  const [query, tagged, more, listed] = ["filter", "tagged", "more", "listed"].map(find);
  const filters = find("filters");
  let versions = found.versions.map((row) => prepared(Object.fromEntries(FIELDS.map((field, place) => [field, row[place]]))));
  let whole = versions.length >= found.count;
  let loading = null;
  let trouble = "";
  let matches = [];
  let shown = 0;
  const sorting = sortable(body.closest("table"), "id", asked);

  function prepared(version) {
    version.text = [version.name, ...version.tags].join(" ").toLowerCase();
    return version;
  }

  const known = (number) => (number < 0 ? null : number);

  function published(version) {
    return prepared({
      id: version.id, name: version.name, tags: version.tags, date: version.date, sizes: version.sizes || {},
      downloads: known(version.raw_downloads), month: known(version.raw_downloads_month),
      week: known(version.raw_downloads_week), day: known(version.raw_downloads_day), size: known(version.raw_size),
    });
  }

  async function loadAll() {
    try {
      const answer = await fetch(`${page.root}index/${address(found.path)}.json`);
      if (!answer.ok) throw new Error(String(answer.status));
      versions = (await answer.json()).version.map(published);
      whole = true;
      trouble = "";
    } catch {
      trouble = location.protocol === "file:"
        ? " A browser loads no more of a page that was opened from a disk; all are in the JSON file below."
        : " The others could not be loaded; all are in the JSON file below.";
    }
    loading = null;
    update();
  }

  /* A search or an order through a part of them would be wrong, so the others are loaded first. */
  function asked() {
    if (!whole && !loading) loading = loadAll();
    update();
  }

  function sizes(version) {
    const platforms = Object.entries(version.sizes);
    if (platforms.length < 2) return [size(version.size)];
    const lines = platforms.map(([platform, bytes]) => element("li", null, element("bdi", null, straight(platform)), ` ${size(bytes)}`));
    return [element("details", null, element("summary", null, size(version.size)), element("ul", null, ...lines))];
  }

  function named(version) {
    const tags = version.tags.map((tag) => element("bdi", { class: "tag" }, straight(tag)));
    const whole = straight(version.name);
    const short = whole.startsWith("sha256:") ? whole.slice(0, 19) : whole;
    const name = element("bdi", { class: tags.length ? "of" : "", title: whole }, short);
    return [...tags.flatMap((tag) => [tag, " "]), name];
  }

  const cell = (kind, number) => element("td", { class: number === null ? `${kind} unknown` : kind }, exact(number));

  const row = (version) => element("tr", null,
    element("th", { scope: "row" }, ...named(version)),
    cell("number", version.downloads), cell("number middle", version.month), cell("number wide", version.week),
    cell("number wide", version.day),
    element("td", { class: version.size === null ? "number unknown" : "number" }, ...sizes(version)),
    element("td", { class: "wide" }, version.date));

  function show() {
    const next = matches.slice(shown, shown + (shown ? STEP : FIRST));
    body.append(...next.map(row));
    shown += next.length;
    more.hidden = whole ? shown >= matches.length : Boolean(loading);
    more.textContent = shown < matches.length ? `Show ${exact(Math.min(STEP, matches.length - shown))} more` : `Load all ${count(found.count, "version")}`;
    const all = whole ? count(versions.length, "version") : `the newest ${exact(versions.length)} of ${count(found.count, "version")}`;
    const part = matches.length < versions.length ? `${exact(matches.length)} of ${all}` : all;
    const left = found.omitted ? ` ${count(found.omitted, "older one")} are not on this site, for it would be too large.` : "";
    listed.textContent = `${part.charAt(0).toUpperCase()}${part.slice(1)}.${left}${loading ? " Loading the others…" : trouble}`;
  }

  function update() {
    const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    matches = versions.filter((version) => (!tagged.checked || version.tags.length) && words.every((word) => version.text.includes(word)));
    matches.sort(compare(sorting.state.key, sorting.state.up));
    shown = 0;
    body.replaceChildren();
    show();
  }

  query.addEventListener("input", asked);
  tagged.addEventListener("change", asked);
  more.addEventListener("click", () => {
    const place = shown;
    if (shown < matches.length) show();
    else asked();
    const next = body.rows[place];
    if (next) {
      next.tabIndex = -1;
      next.focus({ preventScroll: true });
    }
  });
  filters.hidden = false;
  update();
};
