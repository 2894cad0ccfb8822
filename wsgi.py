"""The entry of the web server."""

from cii.app import create_app

app = create_app()
