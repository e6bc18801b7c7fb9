"""The API's description as a page, in the colours that were chosen for the app, else in those of the system."""

from fastapi import FastAPI, Response
from fastapi.openapi.docs import get_swagger_ui_html

ASSETS = "/static-offline-docs"
"""Where `fastapi_offline` serves what the page needs."""
DARK = """<style>html.dark-mode { color-scheme: dark; }</style>
<script>
const chosen = localStorage.getItem("mantine-color-scheme-value");
const isDark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
document.documentElement.classList.toggle("dark-mode", isDark);
</script>
"""


def install_description(server: FastAPI) -> None:
    """The page at /docs."""

    @server.get("/docs", include_in_schema=False)
    def docs() -> Response:
        page = get_swagger_ui_html(
            openapi_url="/openapi.json",
            title=f"{server.title}: API",
            swagger_js_url=f"{ASSETS}/swagger-ui-bundle.js",
            swagger_css_url=f"{ASSETS}/swagger-ui.css",
            swagger_favicon_url=f"{ASSETS}/favicon.png",
        )
        text = bytes(page.body).decode().replace("</head>", f"{DARK}</head>", 1)
        return Response(text, media_type="text/html")
