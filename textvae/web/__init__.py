"""The web page for the models, started by `textvae app` and `app.py`.

`settings` is read first, without importing Gradio. `service` answers for the models, `page`
lays out the tabs, `api` publishes the endpoints for programs, and `server` runs them all.
"""
