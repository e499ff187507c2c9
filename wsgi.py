"""What gunicorn and `flask --app wsgi` load."""

from matchplatform import create_app

app = create_app()
