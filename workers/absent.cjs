/** Stands for packages that need a machine: an edge's code leads past them, and uses none of them (wrangler.toml). */
"use strict";

module.exports = {};
