// As early as possible: a page that turns dark after it was shown dazzles.
"use strict";
document.body.dataset.theme = localStorage.getItem("theme") || "auto";
