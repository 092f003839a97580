// What the pages do beyond htmx: figures beside sliders, charts, news. Without it everything can still be read.
"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("scripted");

  document.addEventListener("input", (event) => {
    const shown = event.target.type === "range" && event.target.parentElement.querySelector("output");
    if (shown) shown.textContent = event.target.value;
  });

  const colour = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  const style = () => ({
    background: null, font: "sans-serif", view: { stroke: null },
    axis: { labelColor: colour("--muted"), titleColor: colour("--muted"), gridColor: colour("--rule"), domainColor: colour("--rule"), tickColor: colour("--rule") },
    legend: { labelColor: colour("--ink"), titleColor: colour("--muted"), labelLimit: 320 },
    range: { category: ["--negotiated", "--foreign", "--uprising", "--coup", "--any"].map(colour) },
  });
  function draw() {
    if (!window.vegaEmbed) return;
    for (const figure of document.querySelectorAll(".vega-figure")) {
      const spec = JSON.parse(figure.querySelector(".spec").textContent);
      const wide = Math.max(220, figure.clientWidth - 60);
      window.vegaEmbed(figure.querySelector(".vega"), { ...spec, width: Math.min(wide, 620) }, {
        ast: true, actions: false, renderer: "svg", defaultStyle: false, tooltip: false, config: style(),
      });
    }
  }
  document.addEventListener("DOMContentLoaded", draw);
  document.addEventListener("htmx:after:swap", draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);

  const news = document.querySelector("[data-stream]");
  if (news && window.EventSource) {
    const stream = new EventSource(news.dataset.stream);
    stream.addEventListener("entry", (event) => {
      const row = JSON.parse(event.data);
      const link = Object.assign(document.createElement("a"), { href: "/", textContent: `new: ${row.kind} ${row.n}, ${row.case}` });
      news.replaceChildren(link);
    });
    stream.addEventListener("error", () => { if (!news.querySelector("a")) news.textContent = "connecting"; });
    stream.addEventListener("open", () => { if (!news.querySelector("a")) news.textContent = "live"; });
  }
})();
