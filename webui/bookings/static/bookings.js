// Arrows go from cell to cell of the week; Enter opens, as it does any link.
document.getElementById("week")?.addEventListener("keydown", (event) => {
  const at = event.target.closest("a.slot");
  const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
  if (!at || !step) return;
  const rows = [...document.querySelectorAll("#week tr[id]")];
  let row = rows.indexOf(at.closest("tr"));
  let column = at.parentElement.cellIndex;
  for (;;) {
    row += step[0];
    column += step[1];
    const cell = rows[row]?.cells[column];
    if (!cell) return;
    const next = cell.querySelector("a.slot");
    if (next && next.offsetParent) {
      event.preventDefault();
      next.focus();
      return;
    }
  }
});

// Escape closes the day that is open.
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.defaultPrevented) document.querySelector("#slot [data-close]")?.click();
});

// An answer about other times than those chosen now books nothing; the next one replaces it.
addEventListener("input", (event) => {
  if (event.target.closest("#slot .say")) document.querySelector("#slot .verdict").inert = true;
});
