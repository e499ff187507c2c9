/* What pages need beyond links and forms. Everything works without it; nothing here decides anything.
   Small parts, each started at the end; no inline code, no outside requests. */
(function () {
  'use strict';

  var all = function (selector, root) { return Array.prototype.slice.call((root || document).querySelectorAll(selector)); };
  var body = document.body;
  var user = body.dataset.user || '';

  /* Local storage may be full, forbidden or absent; then there are simply no drafts. */
  var store = {
    get: function (area, key) { try { return JSON.parse(window[area].getItem(key)); } catch (e) { return null; } },
    set: function (area, key, value) { try { window[area].setItem(key, JSON.stringify(value)); } catch (e) { /* full */ } },
    drop: function (area, key) { try { window[area].removeItem(key); } catch (e) { /* absent */ } },
    keys: function (area) { try { return Object.keys(window[area]); } catch (e) { return []; } }
  };

  /* --- Drafts: what was typed into a long form stays on this device until it was accepted. --- */
  var drafts = (function () {
    var SENT = 'draft-sent';
    var MOST_DAYS = 30;
    var prefix = 'draft:' + user + ':';
    var keyOf = function (form) { return prefix + form.dataset.draft; };

    function kept(control) {
      if (!control.name || control.disabled) return false;
      return ['hidden', 'password', 'file', 'submit', 'button', 'reset', 'image'].indexOf(control.type) < 0;
    }

    function read(form) {
      var values = {};
      Array.prototype.forEach.call(form.elements, function (control) {
        if (!kept(control)) return;
        var list = values[control.name] = values[control.name] || [];
        if (control.type === 'checkbox' || control.type === 'radio') {
          if (control.checked) list.push(control.value);
        } else if (control.multiple) {
          all('option', control).forEach(function (o) { if (o.selected) list.push(o.value); });
        } else {
          list.push(control.value);
        }
      });
      return values;
    }

    function write(form, values) {
      lines.fit(form, Object.keys(values));
      var seen = {};
      Array.prototype.forEach.call(form.elements, function (control) {
        if (!kept(control) || !(control.name in values)) return;
        var list = values[control.name];
        if (control.type === 'checkbox' || control.type === 'radio') {
          control.checked = list.indexOf(control.value) >= 0;
        } else if (control.multiple) {
          all('option', control).forEach(function (o) { o.selected = list.indexOf(o.value) >= 0; });
        } else {
          var n = seen[control.name] = (seen[control.name] || 0);
          if (n < list.length) control.value = list[n];
          seen[control.name] = n + 1;
        }
        control.dispatchEvent(new Event('change', {bubbles: true}));
      });
    }

    var same = function (a, b) { return JSON.stringify(a) === JSON.stringify(b); };

    function tell(form, text, buttons) {
      var note = document.createElement('div');
      note.className = 'hint draft-note';
      note.setAttribute('role', 'status');
      var words = document.createElement('div');
      words.textContent = text;
      note.appendChild(words);
      buttons.forEach(function (one) {
        var button = document.createElement('button');
        button.type = 'button';
        button.className = 'btn btn-line btn-sm';
        button.textContent = one[0];
        button.addEventListener('click', function () { note.remove(); one[1](); });
        note.appendChild(button);
      });
      var at = form.querySelector('details') && form.querySelector('details').contains(form.querySelector('textarea'))
        ? form.querySelector('details') : form;
      if (at !== form) at.open = true;
      if (at === form) form.insertBefore(note, form.firstChild); else at.querySelector('summary').after(note);
      return note;
    }

    function watch(form) {
      var key = keyOf(form);
      var base = read(form);
      var saved = store.get('localStorage', key);
      var timer = 0;

      function save() {
        window.clearTimeout(timer);
        var values = read(form);
        if (same(values, base)) store.drop('localStorage', key);
        else store.set('localStorage', key, {at: Date.now(), base: base, values: values});
      }
      function discard() { store.drop('localStorage', key); }
      function restore() {
        write(form, saved.values);
        tell(form, '已找回您上次没交的内容。', [['不要这份', function () { write(form, base); discard(); }]]);
      }

      if (saved && Date.now() - saved.at > MOST_DAYS * 864e5) { discard(); saved = null; }
      /* A page that came back with faults already holds what was typed. */
      if (saved && !same(saved.values, base) && !form.querySelector('[aria-invalid=true], [data-errors]')) {
        if (same(saved.base, base)) restore();
        else tell(form, '这台设备上还有您没交的内容，不过这一页后来有改动。',
          [['用我那份', restore], ['不要这份', discard]]);
      }
      form.addEventListener('input', function () { window.clearTimeout(timer); timer = window.setTimeout(save, 400); });
      form.addEventListener('change', function () { window.clearTimeout(timer); timer = window.setTimeout(save, 400); });
      window.addEventListener('pagehide', function () { if (timer) save(); });
      form.addEventListener('submit', function () {
        save();
        store.set('sessionStorage', SENT, {key: key, keeps: form.dataset.keeps && prefix + form.dataset.keeps});
        timer = 0;
      });
    }

    /* The answer to a form that was sent: accepted unless the page is that form again, the sign-in page, an error
       page, or says that it was refused. */
    function settle() {
      var sent = store.get('sessionStorage', SENT);
      if (!sent) return;
      store.drop('sessionStorage', SENT);
      var page = body.dataset.page;
      /* A page that shows what was typed once more before it is saved keeps the form's draft (data-keeps). */
      var again = all('form[data-draft]').some(function (form) {
        return keyOf(form) === sent.key || prefix + form.dataset.keeps === sent.key;
      });
      if (again || page === 'accounts.sign_in' || body.hasAttribute('data-fault') ||
          document.querySelector('[data-flash=no], [data-flash=wait]')) return;
      store.drop('localStorage', sent.key);
      if (sent.keeps) store.drop('localStorage', sent.keeps);
    }

    function forget() {
      store.keys('localStorage').forEach(function (key) { if (key.indexOf(prefix) === 0) store.drop('localStorage', key); });
    }

    return {start: function () {
      settle();
      all('form[data-draft]').forEach(watch);
      all('form[data-sign-out]').forEach(function (form) { form.addEventListener('submit', forget); });
    }};
  })();

  /* --- Rows that can be added and taken away: see templates/_macros/forms.html. --- */
  var lines = (function () {
    var most = function (box) { return parseInt(box.dataset.most, 10) || 50; };
    var rows = function (box) { return all('[data-row]', box); };

    function next(box) {
      var highest = -1;
      all('[name]', box).forEach(function (control) {
        var found = /-(\d+)-/.exec(control.name);
        if (found) highest = Math.max(highest, parseInt(found[1], 10));
      });
      return highest + 1;
    }

    function add(box) {
      var template = box.querySelector('template');
      if (!template || rows(box).length >= most(box)) return null;
      var n = next(box);
      var row = template.content.firstElementChild.cloneNode(true);
      [row].concat(all('*', row)).forEach(function (element) {
        ['id', 'name', 'for', 'aria-describedby', 'aria-label', 'aria-labelledby'].forEach(function (attribute) {
          var value = element.getAttribute(attribute);
          if (value) element.setAttribute(attribute, value.replace(/__i__/g, n).replace(/__n__/g, n + 1));
        });
        if (!element.children.length && /__n__/.test(element.textContent)) element.textContent = element.textContent.replace(/__n__/g, n + 1);
      });
      var last = rows(box).pop();
      if (last) last.after(row);
      else (box.querySelector('tbody') || box).appendChild(row);
      show(box);
      return row;
    }

    function show(box) {
      var full = rows(box).length >= most(box);
      all('[data-add]', box).forEach(function (button) { button.hidden = full; });
      all('[data-remove]', box).forEach(function (button) { button.hidden = rows(box).length < 2; });
    }

    function changed(box) { box.dispatchEvent(new Event('change', {bubbles: true})); }

    return {
      fit: function (form, names) {
        all('[data-lines]', form).forEach(function (box) {
          var wanted = -1;
          names.forEach(function (name) {
            var found = /-(\d+)-/.exec(name);
            if (found && name.indexOf(box.dataset.lines || '') === 0) wanted = Math.max(wanted, parseInt(found[1], 10));
          });
          while (next(box) <= wanted && add(box)) { /* until the draft's rows are there */ }
        });
      },
      start: function () {
        all('[data-lines]').forEach(function (box) {
          show(box);
          box.addEventListener('click', function (event) {
            var button = event.target.closest('[data-add], [data-remove]');
            if (!button || !box.contains(button)) return;
            if (button.hasAttribute('data-add')) {
              var row = add(box);
              var first = row && row.querySelector('input, select, textarea');
              if (first) first.focus();
            } else {
              var gone = button.closest('[data-row]');
              var near = gone.previousElementSibling || gone.nextElementSibling;
              gone.remove();
              show(box);
              var to = near && near.querySelector('input, select, textarea');
              if (to) to.focus();
            }
            changed(box);
          });
        });
      }
    };
  })();

  /* --- A second click on a form that is on its way does nothing. --- */
  function guardSubmits() {
    all('form').forEach(function (form) {
      if ((form.getAttribute('method') || '').toLowerCase() !== 'post') return;
      form.addEventListener('submit', function (event) {
        if (form.dataset.busy) { event.preventDefault(); return; }
        form.dataset.busy = '1';
        /* After this event, so that the clicked button's own name and value still go along. */
        window.setTimeout(function () {
          all('button:not([type=button])', form).forEach(function (b) { b.disabled = true; b.setAttribute('aria-busy', 'true'); });
        }, 0);
        /* A file that is downloaded leaves the page where it is: the form can be used again. */
        if (form.hasAttribute('data-download')) window.setTimeout(function () { release(form); }, 4000);
      });
    });
    function release(form) {
      delete form.dataset.busy;
      all('button[aria-busy]', form).forEach(function (b) { b.disabled = false; b.removeAttribute('aria-busy'); });
    }
    window.addEventListener('pageshow', function () { all('form[data-busy]').forEach(release); });
    all('.btn[aria-disabled=true]').forEach(function (b) { b.addEventListener('click', function (event) { event.preventDefault(); }); });
  }

  /* --- Ready sentences for an opinion. --- */
  function fillChips() {
    all('[data-fill]').forEach(function (chip) {
      chip.addEventListener('click', function () {
        var target = document.getElementById(chip.dataset.fill);
        if (!target) return;
        target.value = chip.dataset.text;
        target.dispatchEvent(new Event('input', {bubbles: true}));
        target.focus();
      });
    });
  }

  /* --- The same number on both sides lights up together: pointer, keyboard and touch. --- */
  function linkMarks() {
    var marks = all('[data-k]');
    function each(key, name, on) {
      marks.forEach(function (m) { if (m.dataset.k === key) m.classList.toggle(name, on); });
    }
    marks.forEach(function (m) {
      var key = m.dataset.k;
      m.tabIndex = 0;
      m.addEventListener('mouseenter', function () { each(key, 'on', true); });
      m.addEventListener('mouseleave', function () { each(key, 'on', false); });
      m.addEventListener('focus', function () { each(key, 'on', true); });
      m.addEventListener('blur', function () { each(key, 'on', false); });
      m.addEventListener('click', function () {
        var held = m.classList.contains('held');
        all('.held').forEach(function (x) { x.classList.remove('held'); });
        if (!held) each(key, 'held', true);
      });
    });
  }

  /* --- How many characters are left, or too many. --- */
  function countCharacters() {
    all('textarea[maxlength], textarea[data-count]').forEach(function (area) {
      var limit = parseInt(area.dataset.count || area.getAttribute('maxlength'), 10);
      if (!limit || area.rows < 2) return;
      var shown = document.createElement('span');
      shown.className = 'counter num';
      area.after(shown);
      function update() {
        var left = limit - area.value.replace(/\r\n/g, '\n').length;
        shown.textContent = left >= 0 ? '还能写 ' + left + ' 字' : '多了 ' + -left + ' 字';
        shown.classList.toggle('over', left < 0);
      }
      area.addEventListener('input', update);
      area.addEventListener('change', update);
      update();
    });
  }

  function smallThings() {
    all('select[data-submit], input[data-submit]').forEach(function (control) {
      control.addEventListener('change', function () { control.form.requestSubmit(); });
    });
    /* A list that decides what the next one holds: the form goes to the server and comes back with everything typed.
       Without script the button does it. */
    all('select[data-resend]').forEach(function (control) {
      var button = control.form.querySelector('[data-resend-button]');
      if (!button) return;
      button.hidden = true;
      control.addEventListener('change', function () { control.form.requestSubmit(button); });
    });
    if (window.location.hash === '#where') {
      var open = all('#where select').filter(function (one) { return !one.value; })[0];
      if (open) open.focus();
    }
    all('[data-print]').forEach(function (button) {
      button.hidden = false;
      button.addEventListener('click', function () { window.print(); });
    });
    /* Enter in a search box inside a long form looks for the words and does not hand the form in. */
    all('input[data-enter]').forEach(function (input) {
      input.addEventListener('keydown', function (event) {
        if (event.key !== 'Enter') return;
        event.preventDefault();
        input.dispatchEvent(new Event('find', {bubbles: true}));
      });
    });
    /* Rows to choose from that are exchanged while somebody types: what was chosen meanwhile stays chosen. */
    all('[data-keeps-choice]').forEach(function (box) {
      var radio = function (value) {
        return all('input[type=radio]', box).filter(function (one) { return value === null ? one.checked : one.value === value; })[0];
      };
      var chosen = (radio(null) || {value: ''}).value;
      box.addEventListener('change', function () { chosen = (radio(null) || {value: ''}).value; });
      new MutationObserver(function () { var one = radio(chosen); if (one) one.checked = true; }).observe(box, {childList: true});
    });
    /* Copies a text box; where the clipboard is out of reach the text is selected, ready for the keyboard. */
    all('[data-copy]').forEach(function (button) {
      var box = document.getElementById(button.dataset.copy);
      var label = button.querySelector('span') || button;
      var before = label.textContent;
      if (!box) return;
      button.hidden = false;
      function tell(text) { label.textContent = text; window.setTimeout(function () { label.textContent = before; }, 4000); }
      button.addEventListener('click', function () {
        box.focus();
        box.select();
        var done = function () { tell('已复制'); };
        var failed = function () { tell(document.execCommand && document.execCommand('copy') ? '已复制' : '已选中，请按复制'); };
        if (navigator.clipboard && window.isSecureContext) navigator.clipboard.writeText(box.value).then(done, failed);
        else failed();
      });
    });
    /* One menu of a page at a time; Escape and a click beside it close it. */
    document.addEventListener('click', function (event) {
      all('details.pop[open]').forEach(function (one) { if (!one.contains(event.target)) one.open = false; });
    });
    document.addEventListener('keydown', function (event) {
      if (event.key !== 'Escape') return;
      all('details.pop[open]').forEach(function (one) { one.open = false; one.querySelector('summary').focus(); });
    });
    all('.flash [data-close]').forEach(function (button) {
      button.hidden = false;
      button.addEventListener('click', function () { button.closest('.flash').remove(); });
    });
    /* Filters that say nothing stay out of the address. */
    all('form:not([method]), form[method=get]').forEach(function (form) {
      form.addEventListener('submit', function () {
        all('input, select', form).forEach(function (control) {
          if (control.name && control.value === '' && !control.disabled) { control.disabled = true; control.dataset.silent = '1'; }
        });
      });
    });
    window.addEventListener('pageshow', function () {
      all('[data-silent]').forEach(function (control) { control.disabled = false; delete control.dataset.silent; });
    });
    var faults = document.querySelector('[data-errors]');
    if (faults) faults.focus();
  }

  lines.start();
  drafts.start();
  guardSubmits();
  fillChips();
  linkMarks();
  countCharacters();
  smallThings();
  body.dataset.ready = '1';
})();
