"use strict";
// Draws the charts of a page from its data, sorts its tables, and changes between light and dark.
(() => {
  const root = document.documentElement;
  const data = JSON.parse(document.getElementById("data").textContent);
  const color = (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim();
  const curve = (index) => color(`curve-${index % 6}`);
  const DASHES = ["solid", "dashed", "dotted"];
  const dash = (index) => DASHES[Math.floor(index / 6) % 3];
  // Viridis: as dark as the number is low, for every eye and on paper.
  const VIRIDIS = ["#440154", "#482475", "#414487", "#355f8d", "#2a788e", "#21918c", "#22a884", "#44bf70", "#7ad151", "#bddf26", "#fde725"];

  const short = (x) => {
    if (typeof x !== "number") return x;
    if (x === 0) return "0";
    const size = Math.abs(x);
    return size >= 0.001 && size < 1e5 ? String(Number(x.toPrecision(4))) : x.toExponential(2);
  };

  const axis = (name, logarithmic) => ({
    type: logarithmic ? "log" : "value",
    name,
    nameLocation: "middle",
    nameGap: 30,
    scale: true,
    nameTextStyle: { color: color("ink") },
    axisLabel: { color: color("ink"), formatter: short, hideOverlap: true },
    axisLine: { show: true, lineStyle: { color: color("ink") } },
    splitLine: { lineStyle: { color: color("mesh") } },
  });

  const frame = (x, y, logarithmic) => ({
    animation: false,
    textStyle: { fontFamily: "system-ui, sans-serif" },
    grid: { left: 70, right: 24, top: 46, bottom: 48 },
    legend: { top: 4, type: "scroll", textStyle: { color: color("ink") }, pageTextStyle: { color: color("ink") } },
    tooltip: {
      trigger: "axis",
      valueFormatter: short,
      backgroundColor: color("panel"),
      borderColor: color("mesh"),
      textStyle: { color: color("ink") },
    },
    xAxis: axis(x, logarithmic[0]),
    yAxis: { ...axis(y, logarithmic[1]), nameGap: 50 },
    dataZoom: [{ type: "inside", filterMode: "none" }],
  });

  const upright = (marks) => ({
    symbol: "none",
    silent: true,
    lineStyle: { color: color("faint"), type: "dashed" },
    // Along the line, where names of neighbors do not meet.
    label: { color: color("faint"), formatter: ({ name }) => name, position: "insideEndBottom" },
    data: marks.map(([place, name]) => ({ xAxis: place, name })),
  });

  const lines = (chart) => {
    const series = [];
    chart.lines.forEach((line, index) => {
      const style = { color: curve(index), type: dash(index) };
      const shared = { type: "line", name: line.name, showSymbol: line.points.length < 3, color: curve(index), step: line.step };
      if (line.average) {
        // The points themselves are behind their average, and not told by the tooltip.
        series.push({ ...shared, data: line.points, lineStyle: { ...style, width: 1, opacity: 0.35 }, silent: true, tooltip: { show: false } });
        series.push({ ...shared, data: line.average, lineStyle: { ...style, width: 2.5 } });
      } else {
        series.push({ ...shared, data: line.points, lineStyle: { ...style, width: 2.5 } });
      }
    });
    if (series.length && chart.marks.length) series[series.length - 1].markLine = upright(chart.marks);
    return { ...frame(chart.x, chart.y, chart.logarithmic), series };
  };

  const race = (chart, along) => {
    const series = chart.contenders.flatMap((contender, index) =>
      contender.seeds.map((seed) => ({
        type: "line",
        name: contender.name,
        data: seed[along],
        showSymbol: false,
        color: curve(index),
        lineStyle: { color: curve(index), type: dash(index), width: 2, opacity: contender.seeds.length > 1 ? 0.6 : 1 },
        tooltip: { show: false },
      })),
    );
    if (series.length && chart.goal !== null) {
      series[0].markLine = {
        symbol: "none",
        silent: true,
        lineStyle: { color: color("faint"), type: "dashed" },
        label: { color: color("faint"), formatter: "goal", position: "insideEndTop" },
        data: [{ yAxis: chart.goal }],
      };
    }
    return { ...frame(along, chart.y, [false, chart.logarithmic]), series };
  };

  const squares = (chart, scale, cells, x, y) => ({
    ...frame(chart.x, chart.y, [false, false]),
    legend: undefined,
    dataZoom: undefined,
    grid: { left: 90, right: 24, top: 46, bottom: 60 },
    xAxis: { ...axis(chart.x), type: "category", data: x, splitLine: { show: false } },
    yAxis: { ...axis(chart.y), type: "category", data: y, nameGap: 70, splitLine: { show: false } },
    visualMap: {
      ...scale,
      dimension: 2,
      calculable: false,
      orient: "horizontal",
      right: 24,
      top: 4,
      itemHeight: 120,
      formatter: short,
      textStyle: { color: color("ink") },
      inRange: { color: VIRIDIS },
    },
    series: [{ type: "heatmap", data: cells, progressive: 0 }],
  });

  const heat = (chart) => {
    const numbers = chart.cells.map((cell) => cell[2]);
    const scale = { min: Math.min(...numbers), max: Math.max(...numbers) };
    const option = squares(chart, scale, chart.cells, chart.columns, Array.from({ length: chart.rows }, (_, k) => k + 1));
    option.tooltip = { ...option.tooltip, trigger: "item", formatter: ({ value }) => `step ${chart.columns[value[0]]}, layer ${value[1] + 1}: 10^${value[2].toFixed(2)}` };
    return option;
  };

  const matrix = (chart) => {
    // Rows that are right would hide all others: each class is shown as a part of its own rows.
    const sums = chart.names.map((_, k) => chart.cells.filter((cell) => cell[1] === k).reduce((sum, cell) => sum + cell[2], 0));
    const cells = chart.cells.map(([taken, real, count]) => [taken, real, sums[real] ? count / sums[real] : 0, count]);
    const option = squares({ x: "taken for", y: "true class" }, { min: 0, max: 1 }, cells, chart.names, chart.names);
    option.yAxis.inverse = true;
    option.tooltip = { ...option.tooltip, trigger: "item", formatter: ({ value }) => `${value[3]} of ${sums[value[1]]} rows` };
    option.series[0].label = {
      show: chart.names.length <= 12,
      formatter: ({ value }) => (value[3] ? String(value[3]) : ""),
    };
    return option;
  };

  const pairs = (chart) => {
    const all = chart.points.flat();
    const ends = [Math.min(...all), Math.max(...all)];
    return {
      ...frame(chart.x, chart.y, [false, false]),
      legend: undefined,
      tooltip: { show: false },
      series: [
        { type: "scatter", data: chart.points, symbolSize: 4, itemStyle: { color: curve(0), opacity: 0.5 } },
        { type: "line", data: ends.map((x) => [x, x]), showSymbol: false, lineStyle: { color: color("faint"), type: "dashed" } },
      ],
    };
  };

  const KINDS = { lines, race, heat, matrix, pairs };
  const drawn = new Map();

  const draw = (element) => {
    const chart = data[element.dataset.chart];
    const pressed = element.parentElement.querySelector('[aria-pressed="true"]');
    drawn.get(element)?.dispose();
    const instance = echarts.init(element, null, { renderer: "svg" });
    instance.setOption(KINDS[chart.kind](chart, pressed?.dataset.axis));
    drawn.set(element, instance);
  };
  const drawAll = () => document.querySelectorAll("[data-chart]").forEach(draw);

  const setTheme = (theme) => {
    root.dataset.theme = theme;
    drawAll();
  };
  const dark = matchMedia("(prefers-color-scheme: dark)");
  setTheme(dark.matches ? "dark" : "light");
  dark.addEventListener("change", () => setTheme(dark.matches ? "dark" : "light"));
  document.getElementById("theme").addEventListener("click", () => setTheme(root.dataset.theme === "dark" ? "light" : "dark"));
  addEventListener("resize", () => drawn.forEach((instance) => instance.resize()));
  // Paper is white, and as wide as it is.
  let before = null;
  addEventListener("beforeprint", () => {
    before = root.dataset.theme;
    setTheme("light");
  });
  addEventListener("afterprint", () => before && setTheme(before));

  document.querySelectorAll("[data-axis]").forEach((button) =>
    button.addEventListener("click", () => {
      button.parentElement.querySelectorAll("[data-axis]").forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
      draw(button.closest("figure").querySelector("[data-chart]"));
    }),
  );

  const sortable = (table) => {
    const headers = [...table.tHead.rows[0].cells];
    headers.forEach((header, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...header.childNodes);
      header.append(button);
      button.addEventListener("click", () => {
        const descends = header.getAttribute("aria-sort") === "ascending";
        headers.forEach((other) => other.removeAttribute("aria-sort"));
        header.setAttribute("aria-sort", descends ? "descending" : "ascending");
        const key = (row) => {
          const text = row.cells[column].textContent;
          const number = Number.parseFloat(text);
          return Number.isNaN(number) ? text : number;
        };
        const order = (a, b) => (typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0) : typeof a === "number" ? -1 : 1);
        const rows = [...table.tBodies[0].rows].sort((a, b) => (descends ? -1 : 1) * order(key(a), key(b)));
        table.tBodies[0].append(...rows);
      });
    });
  };
  document.querySelectorAll("table.sortable").forEach(sortable);
})();
