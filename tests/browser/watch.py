"""Loads articles in Chromium and tells which of them ran a script, left the page, asked for more than pictures, or took
over a name. Reads {"pages": {name: html}} from standard input, writes {name: [what happened]} to standard output."""

import json
import os
import sys

from playwright.sync_api import sync_playwright

ORIGIN = "http://articles.example"

# Runs before anything of a page does, in every frame.
RAN = "it ran a script"
WATCH = """
for (const name of ['alert', 'confirm', 'prompt', 'print'])
  window[name] = () => console.log('%s');
""" % RAN
# Said by the empty page that follows: nothing that a page said is still on its way then.
ALL = "that is all"

# What a reader could do with every element, and what a page's own script could do with the text: put it in again.
POKE = """async (html) => {
  const found = [];
  const clobbered = () => document.getElementById !== Document.prototype.getElementById
    || window.document !== document || String(window.location) !== location.href
    || typeof window.config !== 'undefined' || !(document.defaultView === window)
    || typeof document.cookie !== 'string' || !('attributes' in document.body);
  const poke = async (root) => {
    const all = [...root.querySelectorAll('*')];
    for (const element of all) {
      for (const kind of ['pointerenter', 'mouseover', 'mouseenter', 'mousemove', 'pointerover', 'mousedown', 'mouseup',
                          'keydown', 'focusin', 'toggle', 'wheel', 'drag', 'copy', 'beforeinput', 'animationstart'])
        element.dispatchEvent(new Event(kind, {bubbles: true, cancelable: true}));
      if (element.focus) element.focus();
      // A link that says where it leads may lead there; every other way out is not the reader's.
      const stop = (event) => { const link = event.target.closest && event.target.closest('a[href]');
        if (link && ['http:', 'https:', 'mailto:'].includes(new URL(link.href).protocol)) event.preventDefault(); };
      document.addEventListener('click', stop, true);
      element.dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}));
      document.removeEventListener('click', stop, true);
    }
    await Promise.all(all.filter(e => e.tagName === 'IMG').map(e => e.decode().catch(() => {})));
    await new Promise(done => setTimeout(done));
  };
  const article = document.querySelector('article') || document.body;
  if (clobbered()) found.push('it took over a name');
  await poke(article);
  const again = document.createElement('div');
  document.body.append(again);
  again.innerHTML = html;
  await poke(again);
  if (clobbered()) found.push('it took over a name');
  return found;
}"""


def main():
    pages = json.load(sys.stdin)["pages"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or None,
            # Root, as in a container, has no sandbox.
            args=["--no-sandbox"] if os.geteuid() == 0 else [],
        )
        # What was cleaned is the same for many attacks, and does the same each time.
        told = {html: sorted(watch(browser, html)) for html in dict.fromkeys(pages.values())}
        browser.close()
    json.dump({name: told[html] for name, html in pages.items()}, sys.stdout)


def watch(browser, html, state={}):
    # A new context costs a process: one is used until its page is no longer where it was.
    if "page" not in state:
        context = browser.new_context()
        context.add_init_script(WATCH)
        state.update(context=context, page=context.new_page())
    page, found, gone, at = state["page"], set(), set(), f"{ORIGIN}/"
    text = f"<!doctype html><meta charset=utf-8><title>Article</title><article>{html}</article>"

    def serve(route):
        request = route.request
        if request.url == at and request.is_navigation_request():
            return route.fulfill(body=text, content_type="text/html; charset=utf-8")
        if request.is_navigation_request():
            gone.add("it left the page")
        elif request.resource_type != "image":
            found.add(f"it asked for a {request.resource_type}")
        return route.abort()

    def said(message):
        if message.text == RAN:
            found.add(RAN)

    def opened(_):
        gone.add("it opened a window")

    page.route("**/*", serve)
    page.on("console", said)
    page.on("popup", opened)
    try:
        page.goto(at, wait_until="load")
        found.update(page.evaluate(POKE, html))
        page.goto("about:blank")
        with page.expect_console_message(lambda message: message.text == ALL):
            page.evaluate("said => console.log(said)", ALL)
    except Exception as error:  # the page is gone, or its script is: that is a finding, not ours to repair
        gone.add(f"it broke the page: {str(error).splitlines()[0]}")
    page.remove_listener("console", said)
    page.remove_listener("popup", opened)
    page.unroute("**/*")
    if gone:
        state["context"].close()
        state.clear()
    return found | gone


if __name__ == "__main__":
    main()
