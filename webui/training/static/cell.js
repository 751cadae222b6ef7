// Escape closes the cell that is open, as its button does; not over what is being typed.
"use strict";

const close = document.querySelector("#cell [data-close]");
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("dialog, .command, [popover]") || event.target.value;
  if (close && event.key === "Escape" && !typing) close.click();
});
