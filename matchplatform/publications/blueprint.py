"""The one blueprint of publications; its views stand in several modules."""

from flask import Blueprint

blueprint = Blueprint("publications", __name__)
