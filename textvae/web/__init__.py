"""The page around the models, in a browser; `textvae app` and `app.py` start it.

`settings` is read first and imports no Gradio. `service` answers for the models, `page` lays
out what visitors see, `api` publishes the endpoints for programs, and `server` runs them all.
"""
