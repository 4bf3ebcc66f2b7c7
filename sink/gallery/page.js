(() => {
  "use strict";
  const $ = (id) => document.getElementById(id);
  const grid = $("grid"), tools = $("tools"), find = $("find"), sort = $("sort"), box = $("box");
  const all = [...grid.children];
  const number = (card, key) => Number(card.dataset[key]);
  const nameOf = (card) => card.querySelector(".name").textContent;
  const orders = {
    n: (a, b) => number(a, "n") - number(b, "n"),
    p: (a, b) => number(b, "p") - number(a, "p"),
    b: (a, b) => number(b, "b") - number(a, "b"),
    s: (a, b) => number(a, "b") - number(b, "b"),
    name: (a, b) => collate(nameOf(a), nameOf(b)),
    t: (a, b) => collate(a.dataset.t, b.dataset.t),
  };
  const collate = new Intl.Collator(undefined, { numeric: true }).compare;
  let shown = all;

  function filter() {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    shown = [];
    for (const card of grid.children) {
      const fits = words.every((w) => card.dataset.key.includes(w));
      card.hidden = !fits;
      if (fits) shown.push(card);
    }
    $("nothing").hidden = shown.length > 0 || all.length === 0;
    $("count").textContent = words.length ? `${shown.length.toLocaleString("en")} of ${all.length.toLocaleString("en")} shown` : "";
  }

  function order() {
    grid.append(...[...all].sort((a, b) => orders[sort.value](a, b) || orders.n(a, b)));
    filter();
  }

  // How many URLs gave the same bytes, on the pictures themselves.
  function badge() {
    for (const link of document.querySelectorAll("#duplicates .see a")) {
      const card = document.getElementById(link.hash.slice(1));
      const copies = link.closest("details").querySelectorAll("li").length + 1;
      const mark = document.createElement("span");
      mark.className = "badge";
      mark.textContent = `${copies} URLs`;
      card?.querySelector(".frame").append(mark);
    }
  }

  // The pictures that look alike, side by side.
  function strips() {
    for (const list of document.querySelectorAll("#alike details ul")) {
      const strip = document.createElement("p");
      strip.className = "strip";
      for (const link of list.querySelectorAll("a.to")) {
        const img = document.getElementById(link.hash.slice(1))?.querySelector("img");
        if (!img) continue;
        const to = document.createElement("a");
        to.href = link.hash;
        to.append(img.cloneNode());
        strip.append(to);
      }
      if (strip.children.length) list.before(strip);
    }
  }

  let at = null; // the card that the box shows

  // A thumbnail is made as large as the box allows and the picture itself is.
  function fit() {
    const img = $("box-picture").querySelector("img"), stage = $("box-picture");
    if (!img?.naturalWidth) return;
    const own = Number(at.dataset.w) || img.naturalWidth;
    const scale = Math.min(stage.clientWidth / img.naturalWidth, stage.clientHeight / img.naturalHeight, own / img.naturalWidth);
    img.width = Math.floor(img.naturalWidth * scale);
    img.height = Math.floor(img.naturalHeight * scale);
  }

  function show(card) {
    at = card;
    $("box-name").textContent = nameOf(card);
    const picture = card.querySelector(".frame").firstElementChild.cloneNode(true);
    $("box-picture").replaceChildren(picture);
    $("box-facts").replaceChildren(...[...card.querySelectorAll(".facts span")].map((s) => s.cloneNode(true)));
    const links = [...card.querySelectorAll(".from a")].map((a) => a.cloneNode(true));
    const view = card.querySelector(".view");
    if (links[0] && !links[0].classList.contains("page")) links[0].textContent = links[0].title;
    if (view.href && view.href !== links[0]?.href) {
      const open = document.createElement("a");
      open.href = view.href;
      open.rel = "noreferrer noopener";
      open.textContent = "Open the file";
      links.unshift(open);
    }
    $("box-links").replaceChildren(...links);
    const i = shown.indexOf(card);
    $("box-back").disabled = i <= 0;
    $("box-on").disabled = i < 0 || i === shown.length - 1;
    if (!box.open) box.showModal();
    if (picture.decode) picture.decode().then(fit, () => {});
  }

  function step(by) {
    const next = shown[shown.indexOf(at) + by];
    if (next) show(next);
  }

  // Arrows move over the grid: up and down go by what is above and below.
  function move(from, key) {
    const i = shown.indexOf(from);
    if (key === "Home") return shown[0];
    if (key === "End") return shown.at(-1);
    if (key === "ArrowLeft") return shown[i - 1];
    if (key === "ArrowRight") return shown[i + 1];
    const left = from.offsetLeft, down = key === "ArrowDown";
    for (let j = i; shown[j]; j += down ? 1 : -1) {
      if (shown[j].offsetTop !== from.offsetTop && shown[j].offsetLeft === left) return shown[j];
    }
    return undefined;
  }

  grid.addEventListener("click", (e) => {
    const view = e.target.closest(".view");
    if (!view || e.button || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
    e.preventDefault();
    show(view.closest(".card"));
  });
  grid.addEventListener("keydown", (e) => {
    const view = e.target.closest(".view");
    if (!view || e.ctrlKey || e.metaKey || e.altKey) return;
    if (e.key === "Enter" && !view.href) show(view.closest(".card"));
    if (!/^(Arrow|Home$|End$)/.test(e.key)) return;
    e.preventDefault();
    move(view.closest(".card"), e.key)?.querySelector(".view").focus();
  });
  // The picture that was looked at last has the focus again.
  function shut() {
    box.close();
    at.querySelector(".view").focus();
  }

  box.addEventListener("keydown", (e) => {
    if (e.key === "Escape") shut();
    else if (e.key === "ArrowLeft") step(-1);
    else if (e.key === "ArrowRight") step(1);
    else return;
    e.preventDefault();
  });
  box.addEventListener("click", (e) => { if (e.target === box) shut(); });
  $("box-close").addEventListener("click", shut);
  $("box-back").addEventListener("click", () => step(-1));
  $("box-on").addEventListener("click", () => step(1));
  document.addEventListener("keydown", (e) => {
    if (e.key !== "/" || box.open || /^(INPUT|SELECT)$/.test(e.target.tagName)) return;
    e.preventDefault();
    find.focus();
  });
  addEventListener("resize", () => box.open && fit());
  tools.addEventListener("submit", (e) => e.preventDefault());
  find.addEventListener("input", filter);
  sort.addEventListener("change", order);

  for (const view of grid.querySelectorAll(".view:not([href])")) view.tabIndex = 0;
  badge();
  strips();
  if (all.length) tools.hidden = $("keys").hidden = false;
  if (find.value || sort.value !== "n") order();
})();
