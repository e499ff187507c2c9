"""What processes of tests need, read before they are forked (see `processes`)."""

from importlib import import_module

import gunicorn.app.wsgiapp  # noqa: F401

from matchplatform import BLUEPRINTS
from matchplatform.matching.engine.warming import warm
from tests import conftest  # noqa: F401

for name in BLUEPRINTS:
    import_module(f"matchplatform.{name}")
warm()
