"use strict";

(() => {
  const [found] = backage.packages.values();
  if (!found) return;
  backage.chart(backage.find("chart"), [{ ...found, name: backage.plain(found.path.split("/").pop()) }]);
  backage.versions(found);
  backage.maker(found);
})();
