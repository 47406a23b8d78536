"""The page: `python app.py`, and what a Hugging Face Space runs.

No model and no tensorflow is loaded at import. The page answers at once, says that the model is
loading, and fills itself. `python app.py --help` lists the settings.
"""

import os

# Before gradio and tensorflow are imported: they read these once.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from textvae.web import build_demo, open_service, serve  # noqa: E402

service = open_service()
demo = build_demo(service)

if __name__ == "__main__":
    serve(demo, service)
