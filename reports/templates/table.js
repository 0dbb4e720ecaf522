"use strict";
// Search and sort the tables of a page. Without this script the page is whole, only still.
(() => {
  const tables = Array.from(document.querySelectorAll("table.sortable"));
  const search = document.getElementById("search");
  const found = document.getElementById("found");
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const entry = (row) => ({ row, text: plain(`${row.textContent} ${row.dataset.find ?? ""}`) });
  const rows = tables.flatMap((table) => Array.from(table.tBodies[0].rows, entry));

  const AT_ONCE = 120; // rows shown in one frame: to lay out a thousand takes longer than a keystroke should
  let frame = 0;

  function show(hidden) {
    for (const row of hidden.splice(0, AT_ONCE)) row.hidden = false;
    if (hidden.length) frame = requestAnimationFrame(() => show(hidden));
  }

  function filter() {
    const words = plain(search.value).split(/\s+/).filter(Boolean);
    const matching = new Set(rows.filter(({ text }) => words.every((word) => text.includes(word))).map(({ row }) => row));
    for (const { row } of rows) if (!row.hidden && !matching.has(row)) row.hidden = true;
    found.textContent = `${matching.size} of ${rows.length}`;
    cancelAnimationFrame(frame);
    const now = tables.flatMap((table) => Array.from(table.tBodies[0].rows));
    show(now.filter((row) => row.hidden && matching.has(row)));
  }

  function sort(header) {
    const column = header.cellIndex;
    const numeric = header.classList.contains("number");
    const was = header.getAttribute("aria-sort");
    const down = was ? was === "ascending" : numeric;
    const key = (row) => (numeric ? Number(row.cells[column].dataset.sort) : row.cells[column].textContent.trim());
    const compare = numeric ? (a, b) => a - b : new Intl.Collator(undefined, { numeric: true }).compare;
    const body = header.closest("table").tBodies[0];
    const keyed = rows.filter(({ row }) => row.parentNode === body).map(({ row }) => ({ row, key: key(row) }));
    keyed.sort((a, b) => (down ? compare(b.key, a.key) : compare(a.key, b.key)));
    body.append(...keyed.map(({ row }) => row));
    for (const other of header.parentNode.cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", down ? "descending" : "ascending");
  }

  for (const header of tables.flatMap((table) => Array.from(table.tHead.rows[0].cells))) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    button.addEventListener("click", () => sort(header));
    header.append(button);
  }
  for (const button of document.querySelectorAll("button[data-find]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      search.value = button.dataset.find;
      filter();
      search.scrollIntoView({ block: "start" });
      search.focus({ preventScroll: true });
    });
  }
  search.addEventListener("input", filter);
  search.parentNode.hidden = false;
  filter();
})();
