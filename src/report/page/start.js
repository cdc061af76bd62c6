// SPDX-License-Identifier: GPL-2.0-or-later
// start.js - begins what the other files declare.

enhanceFindings();
enhanceTable("t-processes", "Search processes", true);
enhanceTable("t-sockets", "Search sockets", false);
enhanceTable("t-opened", "Search nameless files", false);
enhanceTable("t-memory", "Search memory", false);
enhanceTable("t-mounts", "Search mounts", false);
enhanceTable("t-missing", "Search what is missing", false);
enhanceChanges();
enhanceTimeline();
addCopyButtons();
followNavigation();
addEventListener("hashchange", showTarget);
