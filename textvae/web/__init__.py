"""The page around the models, in a browser; `app.py` starts it.

`settings` comes first and imports no gradio; `page.build_demo` makes the page around a
`service.Service`, and `server.serve` runs it.
"""

from textvae.web.stubs import skip_stubs

skip_stubs()  # before anything here imports gradio
