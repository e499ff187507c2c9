"""The rules of the house that can be read off the code."""

import ast
import re
import subprocess
import sys

import pytest
from jinja2 import nodes

from matchplatform.web import navigation
from matchplatform.web.access import ANY_ROLE, EVERYBODY, access_of

pytestmark = pytest.mark.once

FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base"}


def test_import_contracts_hold(repository):
    found = subprocess.run([sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
                           cwd=repository, capture_output=True, text=True, timeout=120)
    assert found.returncode == 0, found.stdout[-3000:] + found.stderr[-1000:]


def test_every_endpoint_is_in_exactly_one_access_class(app):
    from matchplatform.accounts.rules import ROLES

    unstamped = [e for e in app.view_functions if access_of(app, e) is None]
    assert unstamped == []
    for endpoint in app.view_functions:
        stamp = access_of(app, endpoint)
        assert stamp in (EVERYBODY, ANY_ROLE) or (stamp and stamp <= set(ROLES.values)), endpoint


def test_an_unstamped_view_is_refused(app):
    """Deny by default: the door keeper itself, not a convention."""
    from flask import Flask

    from matchplatform.web.access import init_access

    bare = Flask(__name__)
    bare.config.update(TESTING=True, SECRET_KEY="x")
    init_access(bare)
    bare.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    assert bare.test_client().get("/forgotten").status_code == 403


def test_every_endpoint_is_in_the_menu_or_named_as_outside_it(app):
    inside = {name for item in navigation.ITEMS for name in (item.endpoint, *item.under)}
    known = inside | set(navigation.OUTSIDE)
    assert sorted(set(app.view_functions) - known) == []
    assert sorted(known - set(app.view_functions)) == []
    assert not inside & set(navigation.OUTSIDE)


def test_no_file_has_a_name_that_says_nothing(repository):
    files = (repository / "matchplatform").rglob("*.py")
    assert [str(f) for f in files if f.stem in FORBIDDEN_NAMES] == []


def test_no_file_has_outgrown_its_noun(repository):
    long = {str(f.relative_to(repository)): n for folder in ("matchplatform", "tests")
            for f in (repository / folder).rglob("*.py")
            if (n := len(f.read_text(encoding="utf-8").splitlines())) > 400}
    assert long == {}


def test_operations_never_commit_and_views_never_query(repository):
    """The file contract, as far as text shows it."""
    faults = []
    for path in (repository / "matchplatform").rglob("*.py"):
        text, feature = path.read_text(encoding="utf-8"), path.relative_to(repository / "matchplatform").parts[0]
        if feature in ("web", "demo") or path.name == "cli.py":
            continue
        if ".commit(" in text:
            faults.append(f"{path}: commits")
        if path.name in ("views.py", "desk.py", "mine.py", "libraries.py") and re.search(
                r"db\.session\.(add|delete|scalars|get|query|flush)\b", text):
            faults.append(f"{path}: reads or writes rows in a view")
        if path.name == "operations.py" and re.search(r"\bcurrent_user\b|\bflask\.request\b", text):
            faults.append(f"{path}: knows the request")
        if path.name == "queries.py" and re.search(r"db\.session\.(add|delete|flush|merge)\b", text):
            faults.append(f"{path}: writes")
    assert faults == []


def test_public_functions_of_pure_code_have_docstrings(repository):
    package = repository / "matchplatform"
    pure = [*(package / "core").glob("*.py"), *package.glob("*/rules.py"),
            *(package / "matching" / f"{name}.py" for name in ("text", "index", "scoring", "explain", "lexicon",
                                                          "duplicates", "feedback"))]
    bare = []
    for path in pure:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") \
                    and not any(isinstance(d, ast.Name) and d.id == "property" for d in node.decorator_list) \
                    and not ast.get_docstring(node):
                bare.append(f"{path.name}:{node.lineno} {node.name}")
    allowed = {"yes", "no"}  # Verdict.yes and Verdict.no say it by their names
    assert [one for one in bare if one.split()[-1] not in allowed and path_is_public(one)] == []


def path_is_public(one: str) -> bool:
    """Methods of small classes are told by their class."""
    return not one.endswith(("__init__", "__call__"))


def template_names(app):
    return sorted(app.jinja_env.list_templates(extensions=["html"]))


def test_every_template_compiles_and_uses_what_it_imports(app):
    faults = []
    for name in template_names(app):
        source = app.jinja_env.loader.get_source(app.jinja_env, name)[0]
        tree = app.jinja_env.parse(source, name)
        app.jinja_env.compile(source, name)
        imported = {pair[1] if isinstance(pair, tuple) else pair
                    for node in tree.find_all(nodes.FromImport) for pair in node.names}
        used = {node.name for node in tree.find_all(nodes.Name)}
        faults += [f"{name}: imports {one} and does not use it" for one in sorted(imported - used)]
    assert faults == []


def test_templates_carry_no_inline_style_or_script(app):
    """The Content-Security-Policy would drop them without a word."""
    faults = []
    for name in template_names(app):
        source = app.jinja_env.loader.get_source(app.jinja_env, name)[0]
        if re.search(r"\sstyle=|\son[a-z]+=\"|<style|javascript:", source):
            faults.append(name)
        for script in re.findall(r"<script([^>]*)>", source):
            if "src=" not in script and 'type="application/json"' not in script:
                faults.append(f"{name}: inline script")
    assert faults == []


def test_every_endpoint_named_in_a_template_exists(app):
    faults = []
    for name in template_names(app):
        source = app.jinja_env.loader.get_source(app.jinja_env, name)[0]
        for endpoint in re.findall(r"url_for\(\s*['\"]([a-z_]+(?:\.[a-z_]+)?)['\"]", source):
            if endpoint not in app.view_functions:
                faults.append(f"{name}: {endpoint}")
    assert faults == []


@pytest.mark.parametrize("word", ["TODO", "FIXME", "XXX"])
def test_nothing_is_left_for_later_in_the_code(repository, word):
    files = [f for folder in ("matchplatform", "templates", "tests") for f in (repository / folder).rglob("*")
             if f.suffix in (".py", ".html") and f.name != "test_structure.py"]
    assert [str(f) for f in files if word in f.read_text(encoding="utf-8")] == []
