"""The API's own page in Chromium: a key that somebody enters there is kept for the session of the tab, in no other tab, and until it is
taken away. Reads {"url": of the API, "key": key} from standard input; fails with what it saw."""

import json
import os
import sys

from playwright.sync_api import expect, sync_playwright

OPERATION = "#operations-tasks-listTasks"


# The page is large, and the machine may be busy.
expect.set_options(timeout=60_000)


def main():
    given = json.load(sys.stdin)
    at = f"{given['url']}/api/docs"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or None,
            # Root, as in a container, has no sandbox.
            args=["--no-sandbox"] if os.geteuid() == 0 else [],
        )
        context = browser.new_context()
        context.set_default_timeout(60_000)
        page = opened(context.new_page(), at)
        assert not is_known(page), "nobody has entered a key"
        page.locator(".auth-wrapper .authorize").click()
        page.locator(".auth-container input").first.fill(given["key"])
        page.locator(".auth-btn-wrapper .authorize").click()
        page.locator(".auth-btn-wrapper .btn-done").click()
        page.reload()
        expect(page.locator(".auth-wrapper .authorize").first).to_be_visible()
        assert is_known(page), "a key is kept before it is used"
        assert asked(page) == 200, "the key is sent"
        assert asked(page, "#operations-operation-getLiveness", "/health/live") == 200, "without it, for the operation needs none"
        page.reload()
        expect(page.locator(".auth-wrapper .authorize").first).to_be_visible()
        assert is_known(page), "a key is kept when the page is read again"
        assert asked(page) == 200
        kept = page.evaluate("[JSON.stringify(localStorage), document.cookie].join()")
        assert given["key"] not in kept, "it is kept for the tab alone"
        assert not is_known(opened(context.new_page(), at)), "another tab does not know it"
        page.locator(".auth-wrapper .authorize").click()
        page.locator(".auth-btn-wrapper button", has_text="Logout").click()
        page.locator(".auth-btn-wrapper .btn-done").click()
        assert asked(page) == 401, "it is sent no more"
        page.reload()
        expect(page.locator(".auth-wrapper .authorize").first).to_be_visible()
        assert not is_known(page), "what was taken away is not kept"
        browser.close()


def opened(page, at):
    page.goto(at)
    expect(page.locator(".auth-wrapper .authorize").first).to_be_visible()
    return page


def is_known(page):
    return page.locator(".auth-wrapper .authorize.locked").count() == 1


def asked(page, operation=OPERATION, path="/api/content/tasks"):
    """The status that the page's own "Execute" gets."""
    block = page.locator(operation)
    section = page.locator(f".opblock-tag-section:has(#operations-tag-{operation.split('-')[1]})")
    # What the address names opens by itself, a moment after the page.
    if "is-open" not in (section.get_attribute("class") or ""):
        section.locator(".opblock-tag").click()
    if "is-open" not in (block.get_attribute("class") or ""):
        block.locator(".opblock-summary-control").click()
    if block.locator(".try-out__btn:not(.cancel)").count():
        block.locator(".try-out__btn").click()
    with page.expect_response(lambda answer: path in answer.url) as answer:
        block.locator(".execute").click()
    return answer.value.status


main()
