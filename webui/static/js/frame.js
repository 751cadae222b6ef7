// The frame of every page: what can be taken back goes away when its ten seconds are over.
"use strict";

document.querySelector(".undo .left")?.addEventListener("animationend", ({ target }) => {
  target.closest(".undo").remove();
});
