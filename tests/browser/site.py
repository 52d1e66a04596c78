"""Reads a site in Chromium, in light and dark, at the widths of a desk and of a phone: axe-core finds nothing, nothing runs, nothing is
loaded but pictures and the style, and no page is wider than its window. Reads {"pages": [url], "axe": file} from standard input; with
"folder", keeps a picture of each page there. Writes [what was found] to standard output."""

import json
import os
import sys

import looks
from playwright.sync_api import sync_playwright

# Runs before anything of a page does.
WATCH = """
for (const name of ['alert', 'confirm', 'prompt', 'print'])
  window[name] = () => console.log('it ran a script');
"""
LOOKS = [("light", 1280), ("light", 360), ("dark", 1280), ("dark", 360)]


def main():
    given = json.load(sys.stdin)
    with open(given["axe"], encoding="utf-8") as file:
        axe = file.read()
    found = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or None,
            # Root, as in a container, has no sandbox.
            args=["--no-sandbox"] if os.geteuid() == 0 else [],
        )
        for scheme, width in LOOKS:
            context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
            context.add_init_script(WATCH)
            for nth, at in enumerate(given["pages"]):
                page = context.new_page()
                found.extend(f"{scheme} {width} {at}: {what}" for what in seen(page, at, axe))
                if "folder" in given:
                    page.screenshot(path=f"{given['folder']}/{nth}-{scheme}-{width}.png", full_page=True)
                    if (scheme, width) == LOOKS[0]:
                        page.emulate_media(media="print")
                        page.screenshot(path=f"{given['folder']}/{nth}-print.png", full_page=True)
                page.close()
            context.close()
        browser.close()
    json.dump(found, sys.stdout)


def seen(page, at, axe):
    found = []

    def serve(route):
        request = route.request
        if request.url == at:
            return route.continue_()
        if request.is_navigation_request():
            found.append("it left the page")
        elif request.resource_type == "stylesheet" and ("/assets/site-" in request.url or "/assets/accent-" in request.url):
            return route.continue_()
        # Chromium asks for it by itself.
        elif request.resource_type != "image" and not request.url.endswith("/favicon.ico"):
            found.append(f"it asked for a {request.resource_type}")
        return route.abort()

    def said(message):
        # A blocked picture and a 404 are said there, too.
        if message.text == "it ran a script" or "Content Security Policy" in message.text:
            found.append(message.text)

    page.route("**/*", serve)
    page.on("console", said)
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("popup", lambda _: found.append("it opened a window"))
    page.goto(at, wait_until="load")
    return found + looks.faults(page, axe, at)


if __name__ == "__main__":
    main()
