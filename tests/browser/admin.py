"""Scenes of what an admin looks after in the console. Played by console.py."""

import hashlib
import hmac
import json
import re
import time
from calendar import monthrange
from datetime import date, datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

from area_parts import ATTACK, answer, nowhere, opened, row, shown_once, status_of, told, wrong
from playwright.sync_api import expect


def people(given, come):
    """An admin lets somebody in, gives them another role and lets them go; a name that is an attack is a name."""
    page = come("admin").page
    page.keyboard.press("g")
    page.keyboard.press("a")
    expect(page.get_by_role("heading", level=1)).to_have_text("People")
    expect(page.locator(".empty")).to_contain_text("Let somebody in")
    page.get_by_role("button", name="Let somebody in").click()
    page.get_by_label("Name of the account").fill("github-7")
    page.get_by_label("Display name").fill(ATTACK * 4)
    answer(page, "Let somebody in")
    expect(wrong(page, "display_name")).to_contain_text("80 characters")
    expect(page.get_by_label("Display name")).to_be_focused()
    page.get_by_label("Display name").fill(ATTACK)
    page.keyboard.press("Control+Enter")
    told(page, "github-7 may come in")
    expect(row(page, "github-7")).to_contain_text(ATTACK)
    row(page, "github-7").get_by_role("button", name="Change").click()
    page.get_by_label("Role").select_option("editor")
    expect(page.get_by_label("Display name")).to_have_value(ATTACK)
    answer(page, "Change")
    expect(row(page, "github-7")).to_contain_text("editor")
    remove = row(page, "github-7").get_by_role("button", name="Remove: github-7")
    remove.focus()
    # A key that is pressed before the next paint is the dialog's, too.
    assert remove.evaluate("""async (button) => {
      button.click();
      for (let turn = 0; turn < 9; turn += 1) await null;
      return document.querySelector('dialog[open]') !== null;
    }""")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(remove).to_be_focused()
    page.keyboard.press("Enter")
    answer(page, "Remove")
    told(page, "is not let in any more")
    expect(row(page, "github-7")).to_have_count(0)


def keys(given, come):
    """A key is shown once, is copied, works, and is nowhere afterwards; one whose answer got lost is not made twice; a revoked one says so."""
    person = come("admin", permissions=["clipboard-read", "clipboard-write"])
    page = opened(person, "#/admin/keys", "API keys")
    expect(row(page, "dev-admin")).to_be_visible()
    before = page.locator(".kit-table tbody tr").count()
    page.get_by_role("button", name="Make a key").click()
    page.get_by_label("Name of the account").fill(ATTACK)
    page.get_by_label("Valid until").fill("2099-01-31")
    answer(page, "Make the key")
    expect(wrong(page, "subject")).to_be_visible()
    page.get_by_label("Name of the account").fill("robot")
    answer(page, "Make the key")
    expect(wrong(page, "expires_at")).to_contain_text("a year ahead")
    page.get_by_label("Valid until").fill("")
    answer(page, "Make the key")
    secret = shown_once(page)
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("dialog")).to_contain_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == secret
    assert status_of(page, secret, "GET", "/api/auth/me") == 200
    page.get_by_role("button", name="I have kept it").click()
    nowhere(page, secret)
    expect(row(page, "robot")).to_contain_text(secret[:12])
    # Left without an answer, by the address. While it is under way, Escape does not close what the answer comes to.
    page.get_by_role("button", name="Make a key").click()
    page.get_by_label("Name of the account").fill("second")
    held = []
    page.route("**/api/admin/keys", lambda route: held.append(route), times=1)
    with page.expect_request("**/api/admin/keys"):
        answer(page, "Make the key")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_visible()
    held.pop().continue_()
    left = shown_once(page)
    opened(person, "#/admin/people", "People")
    opened(person, "#/admin/keys", "API keys")
    expect(page.get_by_role("dialog")).to_have_count(0)
    nowhere(page, left)

    def lose(route):
        route.fetch()
        route.abort()

    page.route("**/api/admin/keys", lose, times=1)
    page.get_by_role("button", name="Make a key").click()
    page.get_by_label("Name of the account").fill("third")
    answer(page, "Make the key")
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("did not answer")
    answer(page, "Make the key")
    expect(page.get_by_role("dialog")).to_contain_text("An earlier answer has shown it")
    answer(page, "Close")
    expect(page.locator(".kit-table tbody tr")).to_have_count(before + 3)
    row(page, "robot").get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("dialog")).to_contain_text("never works again")
    answer(page, "Revoke")
    expect(row(page, "robot")).to_contain_text("revoked")
    expect(row(page, "robot").get_by_role("button")).to_have_count(0)


def signed(page, url, secret, body):
    """A webhook as the scheme `galley` signs it; what the API answers."""
    text, now = json.dumps(body), str(int(time.time()))
    signature = hmac.new(secret.encode(), f"{now}.{text}".encode(), hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "X-Webhook-Timestamp": now, "X-Webhook-Signature": signature}
    return page.request.post(url, data=text, headers=headers).status


def sources(given, come):
    """A source's secret is shown once and signs; another takes its place; what came of its webhooks is seen."""
    page = opened(come("admin"), "#/admin/sources", "Webhook sources")
    page.get_by_role("button", name="Make a source").click()
    page.get_by_label("Name", exact=True).fill(ATTACK)
    page.get_by_label("Secret").fill("short")
    answer(page, "Make the source")
    expect(wrong(page, "source")).to_be_visible()
    expect(wrong(page, "secret")).to_contain_text("16 to 256")
    page.get_by_label("Name", exact=True).fill("cms")
    page.get_by_label("Secret").fill("")
    page.get_by_label("It signs as").select_option("galley")
    answer(page, "Make the source")
    secret = shown_once(page)
    page.get_by_role("button", name="I have kept it").click()
    nowhere(page, secret)
    url = given["url"].split("#")[0] + "api/webhooks/default/cms"
    event = {"event_id": "event-1", "event_type": ATTACK}
    assert signed(page, url, secret, event) == 202
    row(page, "cms").get_by_role("button", name="Receipts").click()
    receipts = page.get_by_role("region", name="What came of the webhooks of cms")
    expect(receipts.locator("tbody tr")).to_contain_text("event-1")
    expect(receipts.locator("tbody tr")).to_contain_text(ATTACK)
    row(page, "/cms").get_by_role("button", name="Rotate").click()
    page.get_by_label("The one before stops counting at once").check()
    answer(page, "Make another secret")
    second = shown_once(page)
    assert second != secret
    page.get_by_role("button", name="I have kept it").click()
    assert signed(page, url, second, {**event, "event_id": "event-2"}) == 202
    page.get_by_role("button", name="Secret of callbacks").click()
    answer(page, "Show it")
    expect(page.get_by_role("dialog")).to_contain_text("Receivers check each event with it")
    ours = page.get_by_role("dialog").get_by_role("textbox").input_value()
    assert ours.startswith("whsec_"), "no secret is shown"
    answer(page, "Close")
    nowhere(page, ours)
    # A name is taken once.
    page.get_by_role("button", name="Make a source").click()
    page.get_by_label("Name", exact=True).fill("cms")
    answer(page, "Make the source")
    expect(page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
    page.keyboard.press("Escape")
    row(page, "/cms").get_by_role("button", name="Remove").click()
    answer(page, "Remove")
    told(page, "cms is removed")
    expect(row(page, "/cms")).to_have_count(0)
    expect(receipts).to_have_count(0)


def targets(given, come):
    """What is wrong with a target stands at its fields; one that is made can be looked at, paused and resumed."""
    page = opened(come("admin"), "#/admin/targets", "Targets")
    page.get_by_role("button", name="Connect a WordPress").click()
    answer(page, "Make the target")
    for field in ("name", "url", "settings\\.username", "secret"):
        expect(wrong(page, field)).to_be_visible()
    password = "not a real password"
    for label, value in (("Name", "blog"), ("Address", "https://blog.example.com"), ("User name there", "editor"), ("Application password", password)):
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_label("Blog post").check()
    answer(page, "Make the target")
    told(page, "blog is made")
    nowhere(page, password)
    expect(row(page, "blog")).to_contain_text("Blog post")
    row(page, "blog").get_by_role("button", name="Test").click()
    told(page, "blog is not ready")
    row(page, "blog").get_by_role("button", name="Pause").click()
    answer(page, "Pause")
    expect(row(page, "blog")).to_contain_text("paused")
    row(page, "blog").get_by_role("button", name="Resume").click()
    expect(row(page, "blog")).to_contain_text("in use")
    page.get_by_role("button", name="Connect a repository").click()
    page.get_by_label("Folder of the articles").fill("../secrets")
    answer(page, "Make the target")
    for field in ("name", "settings\\.repository", "settings\\.directory", "secret"):
        expect(wrong(page, field)).to_be_visible()
    page.get_by_label("Folder of the articles").fill("")
    for label, value in (("Name", "site"), ("Repository", "acme/site"), ("Token", password)):
        page.get_by_label(label, exact=True).fill(value)
    answer(page, "Make the target")
    told(page, "site is made")
    expect(row(page, "site")).to_contain_text("Git")


def settings(given, come):
    """A rule that is broken stands at its field; who changed what is listed, and can be taken back."""
    page = opened(come("admin"), "#/admin/settings", "Settings")
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    page.get_by_label("Quality bar").fill("400")
    page.get_by_label("Language").fill("x")
    page.get_by_role("button", name="Save").click()
    for field in ("quality_bar", "language"):
        expect(page.locator(f"#setting-{field}-says.field-error")).to_be_visible()
    page.get_by_label("Quality bar").fill("80")
    page.get_by_label("Language").fill("de")
    page.get_by_label("Four eyes").check()
    page.get_by_label("What readers are told").fill(ATTACK)
    page.keyboard.press("Control+Enter")
    told(page, "The settings are saved")
    change = page.locator(".kit-table tbody tr").first
    expect(change).to_contain_text("Quality bar: 70 to 80")
    expect(change).to_contain_text("Four eyes: no to yes")
    expect(change).to_contain_text(ATTACK)
    change.get_by_role("button", name="Revert").click()
    answer(page, "Revert")
    told(page, "The change is reverted")
    expect(page.get_by_label("Quality bar")).to_have_value("70")
    expect(page.get_by_label("Four eyes")).not_to_be_checked()
    expect(page.locator(".kit-table tbody tr").first).to_contain_text("takes an earlier change back")


def spent(route):
    """Three dollars on each day so far, of a cap of four, and of sixty a month; the model's name is an attack."""
    query = parse_qs(urlsplit(route.request.url).query)
    by, first, last = (query[name][0] for name in ("by", "from", "to"))
    days = (date.fromisoformat(last) - date.fromisoformat(first)).days + 1
    lines = [{"value": str(date.fromisoformat(first) + timedelta(n)), "cost_usd": "3"} for n in range(days)]
    if by != "day":
        lines = [{"value": ATTACK, "cost_usd": "60", "calls": 30}, {"value": "task_1", "cost_usd": "30", "calls": 3}]
    budgets = [
        {"period": "day", "spent_usd": "3", "cap_usd": "4", "alert_percent": None},
        {"period": "month", "spent_usd": "54", "cap_usd": "60", "alert_percent": 90},
    ]
    tokens = {"used": 10, "cap": 100, "alert_percent": None}
    route.fulfill(json={"by": by, "from": first, "to": last, "total_usd": "90", "budgets": budgets, "tokens_today": tokens, "data": lines})


def usage(given, come):
    """What was spent is drawn against its caps, said in words, and what the month will come to."""
    person = come("admin")
    page = opened(person, "#/admin/usage", "Usage and costs")
    budgets = page.get_by_role("region", name="Budgets")
    expect(budgets).to_contain_text("This month")
    expect(budgets).to_contain_text("of $")
    assert "a bar for each day" in page.locator(".chart svg").get_attribute("aria-label")
    page.get_by_text("The same as a table").click()
    expect(page.get_by_role("table", name="Cost by day")).to_be_visible()
    for by in ("Phase", "Task", "Model"):
        page.get_by_role("group", name="Cost by").get_by_role("button", name=by).click()
        expect(page.get_by_role("button", name=by, exact=True)).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("table", name="Your limits")).to_contain_text("admin per minute")
    page.get_by_label("Month").select_option("1")
    expect(budgets).to_have_count(0)
    expect(page.locator(".chart")).to_be_visible()
    # A month that is spent evenly comes to its days times what a day costs.
    page.route("**/api/costs?*", spent)
    opened(person, "#/admin/people", "People")
    opened(person, "#/admin/usage", "Usage and costs")
    whole = monthrange(datetime.now(timezone.utc).year, datetime.now(timezone.utc).month)[1] * 3
    expect(budgets).to_contain_text(f"It will come to about ${whole}.00, which is over the cap")
    expect(budgets).to_contain_text("over 90 %")
    expect(page.locator(".chart-bar").first).to_be_visible()
    expect(page.locator(".chart")).to_contain_text("The line is the cap of a day, $4.00.")
    expect(page.get_by_role("table", name="Cost by: Model")).to_contain_text(ATTACK)


def privacy(given, come):
    """What is kept of somebody is collected and downloaded; an erasure wants the same name twice."""
    page = opened(come("admin"), "#/admin/privacy", "Privacy")
    page.get_by_role("button", name="Export").click()
    page.get_by_label("Whose data").fill("x")
    answer(page, "Begin the export")
    expect(wrong(page, "subject")).to_be_visible()
    page.get_by_label("Whose data").fill("dev-author")
    answer(page, "Begin the export")
    expect(row(page, "dev-author")).to_contain_text("done")
    with page.expect_download() as download:
        row(page, "dev-author").get_by_role("button", name="Part 1").click()
    with open(download.value.path(), encoding="utf-8") as part:
        assert json.load(part)["records"], "the part is empty"
    page.get_by_role("button", name="Erase").click()
    page.get_by_label("Whose data").fill("dev-author")
    send = page.get_by_role("dialog").get_by_role("button", name="Erase for good")
    expect(send).to_be_disabled()
    page.get_by_label("The same again").fill("dev-autor")
    expect(send).to_be_disabled()
    page.get_by_label("The same again").fill("dev-author")
    send.click()
    expect(row(page, "Erasure")).to_contain_text("done")
    expect(row(page, "Erasure")).to_contain_text("erased-")


def short_pages(route):
    """Acts of one kind are few: two pages of the API's have none of them, the third has one, and there is a last one far behind."""
    query = parse_qs(urlsplit(route.request.url).query)
    at = int(query.get("cursor", ["0"])[0])
    act = {
        "act_id": f"00000000-0000-4000-8000-{at:012}", "at": "2026-11-01T09:30:00Z", "what": "flag_set", "thing": f"thing-{at}", "tenant": "default",
        "by": {"kind": "person", "subject": "somebody"}, "credential": {"kind": "session"}, "trace_id": f"{at:032x}",
    }
    route.fulfill(json={"data": [act] if at in (2, 12) else [], "next_cursor": None if at == 12 else str(at + 1)})


def audit_log(given, come):
    """What an admin did is listed with who it was, and found by its address; nobody else opens it, and nobody is shown an operator's name."""
    person = come("admin")
    page = opened(person, "#/admin/acts?since=2099-01-01", "Audit log")
    expect(page.locator(".empty")).to_contain_text("Nothing fits")
    page.locator(".empty").get_by_role("link", name="Clear the filters").click()
    opened(person, "#/admin/keys", "API keys")
    page.get_by_role("button", name="Make a key").click()
    page.get_by_label("Name of the account").fill("leaky")
    answer(page, "Make the key")
    shown_once(page)
    page.get_by_role("button", name="I have kept it").click()
    expect(row(page, "leaky").locator("td[data-name='Made by']")).to_have_text("dev-admin")
    row(page, "leaky").get_by_role("button", name="Revoke").click()
    answer(page, "Revoke")
    expect(row(page, "leaky")).to_contain_text("revoked")
    opened(person, "#/admin/acts", "Audit log")
    rows = page.locator(".kit-table tbody tr")
    newest, before = rows.nth(0), rows.nth(1)
    for act, what in ((newest, "Key revoked"), (before, "Key made")):
        expect(act).to_contain_text(what)
        expect(act.locator("td[data-name='Who']")).to_have_text("dev-admin")
        expect(act.locator("td[data-name='With']")).to_contain_text("key ")
        assert len(act.locator("td[data-name='Request'] code").inner_text().strip()) == 32, "no request is told"
        assert act.locator("time").get_attribute("title").endswith(" UTC")
    assert newest.locator("td[data-name='To what'] code").inner_text() == before.locator("td[data-name='To what'] code").inner_text()
    # What an operator did is there, and not who.
    by_operator = row(page, "Limits changed")
    expect(by_operator.locator("td[data-name='Who']")).to_have_text("an operator")
    expect(by_operator.locator("td[data-name='With']")).to_have_text("–")
    assert "dev-operator" not in page.locator("main").inner_text()
    # Each filter is in the address, and an address is enough.
    page.get_by_role("combobox", name="What", exact=True).select_option("key_revoked")
    expect(rows).to_have_count(1)
    assert page.url.endswith("#/admin/acts?what=key_revoked"), page.url
    newest.get_by_role("link", name="dev-admin").click()
    expect(page.get_by_label("Who", exact=True)).to_have_value("dev-admin")
    assert page.url.endswith("#/admin/acts?actor=dev-admin&what=key_revoked"), page.url
    expect(rows).to_have_count(1)
    page.go_back()
    expect(page.get_by_label("Who", exact=True)).to_have_value("")
    opened(person, "#/admin/acts?actor=somebody-else", "Audit log")
    expect(page.locator(".empty")).to_contain_text("Nothing fits")
    page.get_by_label("Who", exact=True).fill(ATTACK)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("actor")
    page.get_by_role("button", name="Clear the filters").click()
    expect(newest).to_contain_text("Key revoked")
    newest.locator("td[data-name='With']").get_by_role("link").click()
    expect(page.get_by_label("With the key")).to_have_value(re.compile("^[0-9a-f]{64}$"))
    expect(rows.first).to_be_visible()
    # The key that was made did nothing.
    opened(person, "#/admin/keys", "API keys")
    row(page, "leaky").get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Audit log")
    expect(page.locator(".empty")).to_contain_text("Nothing fits")
    page.get_by_role("button", name="Clear the filters").click()
    # A moment is typed by the clocks of whoever types, and the address has it in UTC.
    page.get_by_label("Since").fill("2099-01-31T10:15")
    expect(page.locator(".empty")).to_contain_text("Nothing fits")
    assert parse_qs(urlsplit(page.url).fragment.split("?")[1])["since"][0].endswith("Z"), page.url
    # Short pages are read on, and how far is said by what can be done next.
    page.route("**/api/admin/acts?*", short_pages)
    opened(person, "#/admin/acts?what=flag_set", "Audit log")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("thing-2")
    page.get_by_role("button", name="Show more").click()
    expect(rows).to_have_count(2)
    expect(page.get_by_role("button", name="Show more")).to_have_count(0)
    for role in ("viewer", "editor"):
        other = come(role)
        opened(other, "#/admin/acts?actor=dev-admin", "Your role may not open this page.")
        expect(other.page.get_by_role("link", name="Audit log")).to_have_count(0)
        assert status_of(other.page, given["keys"][role], "GET", "/api/admin/acts?actor=dev-admin") == 403, role
    assert status_of(page, given["keys"]["admin"], "GET", "/api/admin/tenants/default/acts") == 403


SCENES = (people, keys, sources, targets, settings, usage, privacy, audit_log)
