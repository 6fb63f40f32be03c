"use strict";

/* The badge maker: a badge drawn here, and what to paste for it. Nothing is asked of another host. */
backage.maker = (found) => {
  const { address, drawn, element, find, page } = backage;
  const SHIELDS = "https://img.shields.io";
  const STYLES = ["flat", "flat-square", "plastic", "for-the-badge"];
  const SOURCES = [
    ["file", "this site"],
    ["endpoint", "shields.io endpoint"],
    ["dynamic", "shields.io dynamic"],
  ];
  const QUERIES = { latest: "latest_tag", newest: "newest_tag" };
  const HEX = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i;
  const COLORS = backage.colors;
  const here = location.protocol.startsWith("http") ? new URL(page.root, location.href).href : "";
  const site = page.site || here || "https://OWNER.github.io/REPOSITORY/";
  const path = address(found.path);
  const file = `${page.raw || `${site}index/`}${path}.json`;

  const options = (values) => values.map((value) => {
    const [key, text] = Array.isArray(value) ? value : [value, value];
    return element("option", { value: key }, text);
  });
  const select = (values) => element("select", { change: update }, ...options(values));
  const input = (attributes) => element("input", { type: "text", autocomplete: "off", spellcheck: "false", input: update, ...attributes });
  const metric = select(Object.keys(found.badges));
  const source = select(SOURCES);
  const label = input({ maxlength: "60" });
  const color = input({ list: "colors", maxlength: "20" });
  const style = select(STYLES);
  const names = element("datalist", { id: "colors" }, ...options(Object.keys(COLORS)));
  const preview = element("p", { class: "preview" });
  const hint = element("p", { class: "hint", role: "status" });
  const outputs = ["Markdown", "HTML", "AsciiDoc", "Address"].map(output);

  const named = (text, control) => element("label", null, text, control);
  find("maker").replaceChildren(
    element("div", { class: "tools" },
      named("Number", metric), named("Served by", source), named("Label", label), named("Colour", color), named("Style", style), names),
    preview, hint, element("div", { class: "outputs" }, ...outputs.map(([box]) => box)));

  function output(name) {
    const text = element("input", { type: "text", readonly: true, class: "code", focus: (event) => event.target.select() });
    const button = element("button", { type: "button", click: copy, "aria-label": `Copy ${name}` }, "Copy");
    async function copy() {
      text.select();
      try {
        await navigator.clipboard.writeText(text.value);
        button.textContent = "Copied";
      } catch {
        button.textContent = "Press Ctrl+C";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    }
    return [element("div", { class: "output" }, element("label", null, name, text), button), text];
  }

  function colored(name) {
    const hex = HEX.exec(name);
    return hex ? `#${hex[1]}` : COLORS[name.toLowerCase()] || null;
  }

  function width(text, spacing = 0, scale = 1) {
    const sum = [...text].reduce((total, letter) => total + (backage.widths[letter.codePointAt(0) - 32] || 8) * scale + spacing, 0);
    return Math.floor(sum) | 1;
  }

  function draw(left, right, fill, kind) {
    const big = kind === "for-the-badge";
    const height = big ? 28 : kind === "plastic" ? 18 : 20;
    const pad = big ? 12 : 5;
    const write = (text) => (big ? text.toUpperCase() : text);
    const measured = (text) => width(write(text), big ? 1.25 : 0, big ? 0.95 : 1) + 2 * pad;
    const first = left ? measured(left) : 0;
    const second = measured(right);
    const round = { flat: 3, plastic: 4 }[kind] || 0;
    const text = (said, place, wide, bold) => drawn("text", {
      x: place + wide / 2, y: height / 2 + 4, "text-anchor": "middle", fill: "#fff", textLength: Math.max(1, wide - 2 * pad),
      "font-size": big ? 10 : 11, "font-weight": bold && big ? "bold" : "normal", "font-family": "Verdana,Geneva,DejaVu Sans,sans-serif",
    }, write(said));
    return drawn("svg", { width: first + second, height, role: "img", "aria-label": left ? `${left}: ${right}` : right },
      drawn("clipPath", { id: "clip" }, drawn("rect", { width: first + second, height, rx: round })),
      drawn("g", { "clip-path": "url(#clip)" },
        drawn("rect", { width: first, height, fill: "#555" }), drawn("rect", { x: first, width: second, height, fill })),
      ...(left ? [text(left, 0, first, false)] : []), text(right, first, second, true));
  }

  function link(own) {
    if (source.value === "file") return `${site}badge/${path}/${metric.value}.svg`;
    const parameters = new URLSearchParams();
    const dynamic = source.value === "dynamic";
    if (dynamic) {
      parameters.set("url", file);
      parameters.set("query", `$.${QUERIES[metric.value] || metric.value}`);
    } else {
      parameters.set("url", `${site}badge/${path}/${metric.value}.json`);
    }
    if (dynamic || label.value !== own[0]) parameters.set("label", label.value);
    if (dynamic || color.value !== own[2]) parameters.set("color", color.value.replace(/^#/, ""));
    if (style.value !== "flat") parameters.set("style", style.value);
    return `${SHIELDS}/${dynamic ? "badge/dynamic/json" : "endpoint"}?${parameters}`;
  }

  const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
  const bare = (text) => text.replace(/[[\]\\`*_<>&"]/g, "");
  const target = (text) => text.replace(/[()[\]'"]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);

  function update(event) {
    const [name, message, shade, key, text] = found.badges[metric.value];
    const dynamic = source.value === "dynamic";
    const own = dynamic ? [key, text, shade] : [name, message, shade];
    if (!event || event.target === metric || event.target === source) {
      [label.value, , color.value] = own;
      style.value = "flat";
    }
    const fixed = source.value === "file";
    for (const control of [label, color, style]) control.disabled = fixed;
    const fill = colored(color.value);
    color.setAttribute("aria-invalid", String(!fill));
    preview.replaceChildren(draw(label.value, own[1], fill || COLORS.lightgrey, style.value));
    const image = target(link(own));
    const to = target(`${site}package/${path}.html`);
    const alt = bare(label.value || metric.value);
    const texts = [`[![${alt}](${image})](${to})`, `<a href="${escaped(to)}"><img src="${escaped(image)}" alt="${escaped(alt)}"></a>`,
      `image:${image}[${alt},link=${to}]`, image];
    outputs.forEach(([, box], place) => { box.value = texts[place]; });
    const reasons = [];
    if (fixed) reasons.push("No third party is asked. To choose label, colour and style, let shields.io serve it.");
    if (!fill) reasons.push("The colour is none that this page knows; a name or a hex number such as 1f6f78 is.");
    if (dynamic) reasons.push("shields.io reads the number from the file of the index.");
    if (site.includes("OWNER.github.io")) reasons.push("The site's address is not known here: put it where OWNER.github.io/REPOSITORY stands.");
    hint.textContent = reasons.join(" ");
  }

  update();
};
