// Runs before the page is painted: the theme that was chosen last, if any; else the system's.
"use strict";
try {
  const chosen = localStorage.getItem("maskbench-theme");
  if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
} catch (error) {
  // storage is forbidden: the system's theme
}
