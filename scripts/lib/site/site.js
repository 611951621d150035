// Theme button and sortable tables. Without scripts the pages read the same, in the order of the records.
"use strict";

(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const button = document.getElementById("theme");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);

  const announce = () => {
    button.setAttribute("aria-pressed", String(isDark()));
    document.dispatchEvent(new Event("themechange"));
  };

  button.hidden = false;
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try {
      localStorage.setItem("maskbench-theme", root.dataset.theme);
    } catch (error) {
      // storage is forbidden: the choice holds for this page
    }
    announce();
  });
  system.addEventListener("change", announce);
  announce();
})();

(() => {
  const DIRECTIONS = ["none", "ascending", "descending"];
  const collator = new Intl.Collator("en", { numeric: true });

  // The unrounded number, else the number that the text is, else the text; null for words in a column of numbers.
  const keyOf = (cell, numeric) => {
    if (cell.dataset.sort !== undefined) return Number(cell.dataset.sort);
    const text = cell.textContent.trim();
    if (!numeric) return text;
    return text === "" || Number.isNaN(Number(text)) ? null : Number(text);
  };

  const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : collator.compare(a, b));

  const sortBy = (table, column, direction) => {
    const body = table.tBodies[0];
    const rows = table.originalRows.slice();
    if (direction !== "none") {
      const cells = rows.map((row) => row.cells[column]);
      const numeric = table.tHead.rows[0].cells[column].classList.contains("number");
      const keys = new Map(rows.map((row, i) => [row, keyOf(cells[i], numeric)]));
      const sign = direction === "ascending" ? 1 : -1;
      rows.sort((a, b) => {
        const [left, right] = [keys.get(a), keys.get(b)];
        if (left === null || right === null) return (left === null) - (right === null);
        return sign * compare(left, right);
      });
    }
    body.append(...rows);
    [...table.tHead.rows[0].cells].forEach((heading, i) => {
      if (i === column && direction !== "none") heading.setAttribute("aria-sort", direction);
      else heading.removeAttribute("aria-sort");
    });
  };

  for (const table of document.querySelectorAll("table.sortable")) {
    table.originalRows = [...table.tBodies[0].rows];
    [...table.tHead.rows[0].cells].forEach((heading, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => {
        const now = heading.getAttribute("aria-sort") ?? "none";
        sortBy(table, column, DIRECTIONS[(DIRECTIONS.indexOf(now) + 1) % DIRECTIONS.length]);
      });
    });
  }
})();
