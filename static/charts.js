/* Charts from the page's own data blocks, in the colours of tokens.css. Every chart has its table on the page, so a
   browser without canvas or script loses nothing. The tooltip is drawn as text: ECharts' HTML one breaks the CSP. */
(function () {
  'use strict';
  if (!window.echarts) return;

  var css = getComputedStyle(document.documentElement);
  var token = function (name) { return css.getPropertyValue(name).trim(); };
  var font = token('--font');
  var narrow = function () { return window.innerWidth < 768; };
  var data = function (element) { return JSON.parse(document.getElementById(element.dataset.source).textContent); };

  /* The ground of the map: five greens from paper to --green-3. */
  var GREENS = [token('--paper-2'), '#d5e5d9', '#a3c8af', '#5f9a78', '#2f7250'];

  /* Four classes from nothing to the most; where every county has much, from the least: else all would look alike. */
  function pieces(least, most, unit) {
    if (most <= 4) {
      return [{lte: 0, label: '没有'}].concat([1, 2, 3, 4].filter(function (n) { return n <= Math.max(1, most); })
        .map(function (n) { return {value: n, label: n + ' ' + unit}; })).reverse();
    }
    var from = least > most / 2 ? least - 1 : 0;
    var step = Math.max(1, Math.ceil((most - from) / 4));
    var rows = [{lte: 0, label: '没有'}];  /* ECharts takes a lone min or max as exclusive; gte and lte are not */
    for (var i = 0; i < 4; i++) {
      var low = from + i * step + 1, high = from + (i + 1) * step;
      rows.push(i === 3 ? {gte: low, label: low + ' ' + unit + '以上'} : {gte: low, lte: high, label: (low === high ? low : low + '—' + high) + ' ' + unit});
    }
    return rows.reverse();
  }

  function map(element, files) {
    var given = data(element);
    var rows = given.counties;
    var filled = rows.map(function (r) { return r.value; }).filter(Boolean);
    var most = Math.max.apply(null, [0].concat(filled)), least = filled.length ? Math.min.apply(null, filled) : 0;
    window.echarts.registerMap('hubei', files[0]);
    var box = {left: 0, right: narrow() ? 0 : 20, top: narrow() ? 46 : 6, bottom: 6};
    var named = {};
    rows.forEach(function (r) { named[r.code] = r; });
    return {
      textStyle: {fontFamily: font}, animation: false,
      tooltip: {renderMode: 'richText', confine: true, formatter: function (p) {
        var r = named[p.name];
        if (!r) return '';
        return r.name + (r.key ? '（重点帮扶县）' : '') + '\n' + (given.what || '等人接') + ' ' + r.value + ' ' + (given.unit || '条') + (r.pair === undefined ? '' : '\n已结对省级组织 ' + r.pair + ' 家');
      }},
      visualMap: {type: 'piecewise', pieces: pieces(least, most, given.unit || '条'), inRange: {color: GREENS}, seriesIndex: 0,
        right: narrow() ? 'auto' : 0, left: narrow() ? 0 : 'auto', top: 0, orient: narrow() ? 'horizontal' : 'vertical', align: 'left',
        itemWidth: 14, itemHeight: 10, itemGap: narrow() ? 8 : 4, textStyle: {color: token('--ink-2'), fontSize: 12}},
      geo: Object.assign({map: 'hubei', nameProperty: 'code', silent: true, itemStyle: {areaColor: 'transparent', borderWidth: 0}}, box),
      series: [Object.assign({type: 'map', map: 'hubei', nameProperty: 'code', selectedMode: false, cursor: given.href ? 'pointer' : 'default',
        itemStyle: {areaColor: token('--surface'), borderColor: token('--line-2'), borderWidth: 0.6},
        label: {show: false}, emphasis: {label: {show: false}, itemStyle: {areaColor: token('--warm-line')}},
        data: rows.slice().sort(function (a, b) { return a.key - b.key; }).map(function (r) {
          return {name: r.code, value: r.value, itemStyle: r.key ? {borderColor: token('--warm'), borderWidth: 1.5} : undefined};
        })}, box),
      {type: 'scatter', coordinateSystem: 'geo', silent: true, symbolSize: 0.1, z: 5,
        label: {show: true, formatter: '{b}', color: token('--ink'), fontSize: narrow() ? 11 : 12, fontWeight: 500,
          textBorderColor: token('--surface'), textBorderWidth: 3},
        labelLayout: {hideOverlap: true},
        data: files[1].map(function (c) { return {name: c.name, value: c.at}; })}]
    };
  }

  function trend(element) {
    var given = data(element);
    var last = given.actual[given.actual.length - 1];
    var lows = given.actual.concat(given.plan).map(function (p) { return p[1]; });
    var bottom = Math.max(0, Math.floor((Math.min.apply(null, lows) - 10) / 20) * 20);
    var top = Math.ceil(Math.max(given.goal, last ? last[1] : 0) * 1.06 / 20) * 20;
    return {
      textStyle: {fontFamily: font}, animation: false, grid: {left: 40, right: 52, top: 38, bottom: 26},
      legend: {top: 0, left: 0, itemWidth: 20, icon: 'roundRect', itemHeight: 4, textStyle: {color: token('--ink-2'), fontSize: 13}, data: ['实际', '计划']},
      tooltip: {trigger: 'axis', renderMode: 'richText', confine: true, formatter: function (points) {
        return points[0].axisValueLabel + points.map(function (p) { return '\n' + p.seriesName + ' ' + p.value[1] + ' 家'; }).join('');
      }},
      xAxis: {type: 'time', axisLine: {lineStyle: {color: token('--line-2')}}, axisTick: {show: false}, splitNumber: narrow() ? 3 : 6,
        axisLabel: {color: token('--ink-3'), fontSize: 12, hideOverlap: true, formatter: {year: '{yyyy}年', month: '{M}月', day: '{M}月{d}日'}}},
      yAxis: {type: 'value', min: bottom, max: top,
        axisLabel: {color: token('--ink-3'), fontSize: 12}, splitLine: {lineStyle: {color: token('--line')}}},
      series: [
        {name: '计划', type: 'line', data: given.plan, symbol: 'none', lineStyle: {color: token('--ink-3'), type: [5, 4], width: 1.5}, itemStyle: {color: token('--ink-3')}},
        {name: '实际', type: 'line', data: given.actual, symbol: 'circle', symbolSize: 6, lineStyle: {color: token('--green'), width: 3}, itemStyle: {color: token('--green')},
          markPoint: {symbol: 'circle', symbolSize: 1, data: last ? [{coord: last}] : [],
            label: {show: true, formatter: last ? last[1] + ' 家' : '', position: 'right', distance: 8, color: token('--green'), fontWeight: 700, fontSize: 14}},
          markLine: {silent: true, symbol: 'none', data: [{yAxis: given.goal}], lineStyle: {color: token('--warm'), width: 1.5, type: 'solid'},
            label: {formatter: '目标 ' + given.goal + ' 家', position: 'insideStartTop', color: token('--warm'), fontSize: 12}}}]
    };
  }

  function draw(element, option) {
    var chart = window.echarts.init(element, null, {renderer: 'canvas'});
    chart.setOption(option());
    var wide = !narrow(), waiting = 0;
    window.addEventListener('resize', function () {
      window.clearTimeout(waiting);
      waiting = window.setTimeout(function () {
        if (element.clientWidth < 50 || element.clientHeight < 50) return;
        chart.resize();
        if (wide === narrow()) { wide = !narrow(); chart.setOption(option(), true); }
      }, 100);
    });
    element.dataset.done = '1';
    return chart;
  }

  Array.prototype.forEach.call(document.querySelectorAll('[data-chart=trend]'), function (element) {
    draw(element, function () { return trend(element); });
  });

  Array.prototype.forEach.call(document.querySelectorAll('[data-chart=map]'), function (element) {
    Promise.all([element.dataset.counties, element.dataset.cities].map(function (url) {
      return fetch(url).then(function (answer) { if (!answer.ok) throw new Error(answer.status); return answer.json(); });
    })).then(function (files) {
      var chart = draw(element, function () { return map(element, files); });
      var href = data(element).href;
      if (href) chart.on('click', function (p) { if (p.seriesType === 'map') window.location.href = href + p.name; });
    }).catch(function () { element.hidden = true; });
  });
})();
