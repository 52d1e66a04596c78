"""What the scenes of an admin's and of an operator's pages have in common."""

from playwright.sync_api import expect

ATTACK = "<img src=x onerror=alert(1)>"


def opened(person, place, heading):
    person.go(place)
    expect(person.page.get_by_role("heading", level=1)).to_have_text(heading)
    return person.page


def press_between_paints(page, keys):
    """Keys as a held key sends them: what the page does in between is done, and nothing is painted."""
    page.evaluate("""async (keys) => {
      for (const key of keys) {
        window.dispatchEvent(new KeyboardEvent('keydown', { key }));
        for (let turn = 0; turn < 9; turn += 1) await null;
      }
    }""", list(keys))


def row(page, text):
    return page.locator(".kit-table tbody tr").filter(has_text=text)


def told(page, text):
    expect(page.locator(".toast").filter(has_text=text).first).to_be_visible()


def answer(page, button):
    """Sends the open dialog."""
    page.get_by_role("dialog").get_by_role("button", name=button, exact=True).click()


def wrong(page, field):
    return page.get_by_role("dialog").locator(f"#ask-{field}-says.field-error")


def shown_once(page):
    """The secret of the open dialog, which Escape does not close."""
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("shown once")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    secret = dialog.get_by_role("textbox").input_value()
    assert len(secret) >= 16, "no secret is shown"
    return secret


def nowhere(page, secret):
    """A secret that was shown is nowhere any more: not on the page, and not in what the browser keeps."""
    kept = page.evaluate("""() => [document.body.innerHTML, ...[...document.querySelectorAll('input, textarea')].map((field) => field.value),
      JSON.stringify(localStorage), JSON.stringify(sessionStorage), location.href, document.cookie].join('\\n')""")
    assert secret not in kept, "a secret is kept"


def status_of(page, key, method, path):
    """What the API answers to whoever asks it beside the console."""
    return page.evaluate(
        "([key, method, path]) => fetch(path, { method, headers: { Authorization: `Bearer ${key}` } }).then((answer) => answer.status)",
        [key, method, path],
    )
