#!/usr/bin/env bash
# Installs what the tests of browser, PostgreSQL and Word files need, where that is allowed; says plainly what is
# missing otherwise.
set -u
missing=()
command -v chromium >/dev/null || missing+=(chromium)
fc-list 2>/dev/null | grep -qi 'noto.*cjk' || missing+=(fonts-noto-cjk fontconfig)
if [ -z "${TEST_DATABASE_URL:-}" ]; then
  ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing+=(postgresql)
fi
command -v soffice >/dev/null || missing+=(libreoffice-writer-nogui)
[ ${#missing[@]} -eq 0 ] && exit 0
run=()
if [ "$(id -u)" -ne 0 ]; then
  if sudo -n true 2>/dev/null; then run=(sudo -n); else
    echo "Not installed, and no right to install it: ${missing[*]}"
    echo "The tests that need them are skipped. To run them: sudo apt-get install ${missing[*]}"
    [ -n "${CI:-}" ] && exit 1
    exit 0
  fi
fi
command -v apt-get >/dev/null || { echo "No apt-get here; please install: ${missing[*]}"; [ -n "${CI:-}" ] && exit 1; exit 0; }
echo "Installing ${missing[*]} …"
"${run[@]}" apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive "${run[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null \
  || { echo "Could not install ${missing[*]}."; [ -n "${CI:-}" ] && exit 1; exit 0; }
