// Draws what data-chart of each picture holds; the numbers stand in tables too.
"use strict";
const COLOURS = ["#0f766e", "#b45309", "#1d4ed8", "#b91c1c", "#6b7280"];
for (const place of document.querySelectorAll("[data-chart]")) {
  const told = JSON.parse(place.dataset.chart);
  const bars = place.dataset.kind === "bar";
  const names = { type: "category", data: told.labels };
  const numbers = { type: "value", minInterval: 1 };
  const chart = echarts.init(place);
  chart.setOption({
    animation: false,
    color: COLOURS,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    grid: { left: 8, right: 16, top: 32, bottom: 8, containLabel: true },
    legend: { top: 0 },
    tooltip: { trigger: "axis", renderMode: "richText" },
    xAxis: bars ? numbers : names,
    yAxis: bars ? names : numbers,
    series: told.series.map((each) => ({ ...each, type: bars ? "bar" : "line", stack: bars ? "all" : undefined })),
  });
  window.addEventListener("resize", () => chart.resize());
}
