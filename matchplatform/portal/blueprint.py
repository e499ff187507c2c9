"""One blueprint for the portal's modules."""

from flask import Blueprint

blueprint = Blueprint("portal", __name__)
