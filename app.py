"""The page: `python app.py`, and what a Hugging Face Space runs.

No model and no tensorflow is loaded at import. The page answers at once, says that the model is
loading, and fills itself. `python app.py --help` lists the settings.
"""

from textvae.runtime.memory import gc_disabled
from textvae.web.settings import read_settings, refuse_arguments

if __name__ == "__main__":
    refuse_arguments()
settings = read_settings()  # before gradio and tensorflow, which read the environment once

with gc_disabled():
    from textvae.web.page import build_demo
    from textvae.web.server import open_service, serve

    service = open_service(settings)
    demo = build_demo(service)

if __name__ == "__main__":
    serve(demo, service, settings)
