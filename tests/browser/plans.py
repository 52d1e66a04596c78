"""Scenes of the calendar, of schedules, of the calendar's addresses and of near duplicates. Played by console.py."""

from datetime import date, timedelta

import looks
from area_parts import ATTACK, answer, nowhere, opened, press_between_paints, row, shown_once, status_of, told
from playwright.sync_api import expect

SUMMER, WINTER = "2026-10-24", "2026-10-25"


def next_first(day):
    """The first day of a month that begins in the middle of a week, and no earlier than in that after the next."""
    first = date.fromisoformat(day).replace(day=1) + timedelta(days=62)
    while first.replace(day=1).weekday() == 0:
        first += timedelta(days=31)
    return first.replace(day=1).isoformat()


def here(page):
    """The id of what has the keyboard."""
    return page.evaluate("document.activeElement.id")


def calendar_by_keyboard(given, come):
    """An editor walks days and entries, and comes to a task and to a schedule, without a mouse; the address keeps day, view and zone."""
    person = come("editor", timezone_id="Europe/Berlin")
    page = person.page
    page.keyboard.press("g")
    page.keyboard.press("c")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Calendar")
    expect(page.get_by_label("Days and hours of")).to_have_value("Europe/Berlin")
    person.go(f"#/calendar?day={given['day']}&zone=UTC")
    scheduled = page.locator(".cal-is-scheduled")
    expect(scheduled).to_contain_text(given["scheduled"])
    expect(scheduled).to_contain_text("Scheduled")
    expect(scheduled).to_contain_text("12:00")
    expect(page.locator(".cal-is-planned").first).to_contain_text("Planned")
    drawer = page.get_by_role("complementary", name="Without a date")
    expect(drawer.get_by_role("link", name=given["waiting"])).to_be_visible()
    expect(page.locator(".cal-conflicts")).to_contain_text("are due at the same moment.")
    expect(page.locator(".cal-here .cal-clash")).to_be_visible()
    expect(page.locator(".cal-forecast")).to_contain_text("planned here")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    assert here(page) == f"day-{given['day']}", here(page)
    # The tabulator goes on to what the day holds.
    page.keyboard.press("Tab")
    expect(page.locator(".cal-link:focus")).to_contain_text("00:30")
    page.keyboard.press("k")
    page.keyboard.press("j")
    # Two keys between two paints, as a held key sends them.
    page.evaluate("() => { for (const key of ['j', 'j']) window.dispatchEvent(new KeyboardEvent('keydown', { key })); }")
    expect(page.locator(".cal-link:focus")).to_contain_text(given["scheduled"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(given["scheduled"])
    page.keyboard.press("u")
    expect(scheduled).to_be_visible()
    assert f"day={given['day']}" in page.url, page.url
    page.keyboard.press("w")
    expect(page.locator("table.cal-week .cal-day")).to_have_count(7)
    expect(scheduled).to_contain_text("Scheduled · Blog post")
    page.keyboard.press("PageDown")
    expect(scheduled).to_have_count(0)
    page.keyboard.press("PageUp")
    page.keyboard.press("m")
    expect(page.locator("table.cal-month")).to_be_visible()
    page.get_by_label("Days and hours of").select_option("Asia/Tokyo")
    expect(scheduled).to_contain_text("21:00")
    expect(scheduled.locator("time")).to_have_attribute("title", f"{given['day']} 12:00:00 UTC")
    page.reload()
    person.enter("editor")
    expect(scheduled).to_contain_text("21:00")
    page.keyboard.press("t")
    expect(page.locator("[aria-current=date]")).to_be_focused()
    # Over the end of a month and back, while the other one is still being read.
    first = next_first(given["day"])
    person.go(f"#/calendar?day={first}&zone=UTC")
    expect(page.locator(".cal-here .cal-is-planned").nth(1)).to_be_visible()
    press_between_paints(page, "jkjj")
    second = page.locator(".cal-here .cal-link").nth(1)
    expect(second).to_be_focused()
    assert f"day={first}" in page.url, page.url
    person.go(f"#/calendar?day={given['day']}&zone=UTC")
    page.locator(f".cal-here .cal-is-planned a[href*='{given['schedule']}']").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("News")
    expect(page.locator("mark")).to_contain_text("00:30")
    person.review(given["task"])
    page.locator(".review-actions").get_by_text("More").click()
    page.get_by_role("button", name="Ask for it by a schedule").click()
    expect(field(page, "request.topic")).to_have_value(given["topic"])


def calendar_moves(given, come):
    """An editor gives what is scheduled another hour by a key and another day by dragging; nobody else is offered either."""
    place = f"#/calendar?day={given['day']}&zone=UTC"
    viewer = come("author")
    viewer.go(place)
    entry = viewer.page.locator(".cal-is-scheduled a")
    expect(entry).to_have_attribute("draggable", "false")
    entry.focus()
    viewer.page.keyboard.press("h")
    expect(viewer.page.get_by_role("dialog")).to_have_count(0)
    assert status_of(viewer.page, given["keys"]["author"], "POST", f"/api/content/tasks/{given['task']}/schedule") == 403
    person = come("editor")
    page = person.page
    person.go(place)
    entry = page.locator(".cal-is-scheduled a")
    entry.focus()
    page.keyboard.press("h")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("(UTC)")
    expect(dialog.get_by_label("Day")).to_have_value(given["day"])
    dialog.get_by_label("Hour").fill("")
    page.keyboard.press("Control+Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("Say a day and an hour.")
    dialog.get_by_label("Hour").fill("15:45")
    page.keyboard.press("Control+Enter")
    told(page, "15:45")
    expect(entry).to_contain_text("15:45")
    entry.drag_to(page.locator(f".cal-day:has(#day-{given['next']})"))
    expect(dialog.get_by_label("Day")).to_have_value(given["next"])
    answer(page, "Change the hour")
    expect(page.locator(f".cal-day:has(#day-{given['next']}) .cal-is-scheduled")).to_contain_text("15:45")
    expect(page.locator(f"#day-{given['next']}")).to_have_attribute("tabindex", "0")


def calendar_where_clocks_change(given, come):
    """A month in which clocks change has each of its days once, and each key leads to the next."""
    person = come("viewer", timezone_id="Europe/Berlin")
    page = person.page
    person.go(f"#/calendar?day={SUMMER}&zone=Europe/Berlin")
    expect(page.locator(f"#day-{SUMMER}")).to_be_visible()
    days = page.locator(".cal-number").evaluate_all("all => all.map((one) => one.id)")
    assert len(days) == 35 and len(set(days)) == 35, days
    for key, day in (("ArrowRight", WINTER), ("ArrowRight", "2026-10-26"), ("ArrowUp", "2026-10-19"), ("End", WINTER)):
        page.keyboard.press(key)
        assert here(page) == f"day-{day}", (key, here(page))


def calendar_is_bounded(given, come):
    """Where there is more than the API tells, that is said; where there is nothing, what to do."""
    person = come("editor")
    page = person.page
    person.go(f"#/calendar?day={given['day']}&zone=UTC")
    expect(page.locator(".notice-wants").filter(has_text="There is more")).to_be_visible()
    expect(page.locator(".cal-more").first).to_be_visible()
    page.get_by_role("button", name="Look at a week").click()
    expect(page.locator("table.cal-week")).to_be_visible()
    expect(page.get_by_text("There is more")).to_have_count(0)
    person.go("#/calendar?day=2020-05-05&zone=UTC")
    expect(page.locator(".cal-empty")).to_contain_text("Nothing is planned")
    expect(page.locator(".cal-empty").get_by_role("link", name="Make a schedule")).to_be_visible()
    viewer = come("viewer")
    viewer.go("#/calendar?day=2020-05-05&zone=UTC")
    expect(viewer.page.locator(".cal-empty")).to_contain_text("Nothing is planned")
    expect(viewer.page.get_by_role("link", name="Make a schedule")).to_have_count(0)


def field(page, place):
    return page.locator(f"[id='schedule-{place}']")


def wrong(page, place):
    return page.locator(f"[id='schedule-{place}-says'].field-error")


def schedule(given, come):
    """An editor makes a schedule with an attack for a name, is told at its fields what is wrong, and looks after it."""
    person = come("editor", timezone_id="Europe/Berlin")
    page = person.page
    page.keyboard.press("g")
    page.keyboard.press("s")
    expect(page.locator(".empty")).to_contain_text("There is no schedule yet")
    page.get_by_role("link", name="Make a schedule").first.click()
    expect(field(page, "rule.zone")).to_have_value("Europe/Berlin")
    page.get_by_role("button", name="Make the schedule").click()
    expect(wrong(page, "name")).to_contain_text("1 to 80")
    field(page, "name").fill(ATTACK)
    field(page, "request.topic").fill("{{topic}}, part {{part}}")
    field(page, "request.target_length").fill("200")
    page.get_by_label("Monday").uncheck()
    page.keyboard.press("Control+Enter")
    expect(page.locator("[id='schedule-rule.weekdays-says'].field-error")).to_be_visible()
    field(page, "rule.repeat").select_option("daily")
    expect(page.get_by_text("It is due: Every day at 09:00 (Europe/Berlin)")).to_be_visible()
    field(page, "rule.repeat").press("Control+Enter")
    expect(wrong(page, "topics")).to_contain_text("{{topic}}")
    field(page, "topics").fill(f"{ATTACK} and more\nWhat a proxy keeps\nWhy there are ETags")
    # Only what an admin has scheduled goes live without a person.
    expect(field(page, "request.publish_mode")).to_have_count(0)
    page.get_by_role("button", name="Make the schedule").click()
    told(page, "The schedule is made")
    expect(page.get_by_role("heading", level=1)).to_have_text(ATTACK)
    coming = page.get_by_role("region", name="What comes next")
    expect(coming.locator("tbody tr")).to_have_count(3)
    expect(coming.locator("tbody tr").first).to_contain_text(f"{ATTACK} and more, part 1")
    coming.get_by_role("button", name="Leave out").nth(1).click()
    answer(page, "Leave out")
    told(page, "is left out")
    expect(coming).to_contain_text("Left out:")
    page.get_by_role("button", name="Run now").click()
    answer(page, "Run now")
    told(page, "The task is made")
    runs = page.get_by_role("region", name="What came of it")
    expect(runs.locator("tbody tr").filter(has_text="A task was made")).to_contain_text("somebody had it run")
    expect(runs.locator("tbody tr").filter(has_text="Left out")).to_have_count(1)
    expect(coming.locator("tbody tr").first).to_contain_text("What a proxy keeps, part 2")
    page.get_by_role("button", name="Pause").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Pause").click()
    answer(page, "Pause")
    told(page, "pauses")
    expect(page.locator(".kit-card")).to_contain_text("Somebody had it pause.")
    expect(page.locator(".kit-card")).to_contain_text("2 of 3; the next: What a proxy keeps")
    page.get_by_role("link", name="All schedules").click()
    line = row(page, ATTACK)
    expect(line).to_contain_text("Every day at 09:00 (Europe/Berlin)")
    expect(line).to_contain_text("Somebody had it pause.")
    line.get_by_role("button", name="Let it go on").click()
    answer(page, "Let it go on")
    expect(line.locator(".badge-good")).to_have_text("Runs")
    line.get_by_role("link").click()
    page.get_by_role("link", name="Change", exact=True).click()
    save = page.get_by_role("button", name="Save", exact=True)
    expect(save).to_be_disabled()
    field(page, "max_cost_usd_per_month").fill("1")
    page.keyboard.press("Control+Enter")
    expect(wrong(page, "max_cost_usd")).to_contain_text("must be there")
    field(page, "max_cost_usd").fill("0.50")
    field(page, "rule.repeat").select_option("monthly")
    field(page, "rule.day").fill("31")
    save.click()
    told(page, "The schedule is changed")
    expect(page.locator(".kit-card")).to_contain_text("On the last day of each month at 09:00")
    expect(page.locator(".kit-card")).to_contain_text("$1.00")
    person.go("#/calendar")
    expect(page.locator(".cal")).to_be_visible()


def schedule_of_others(given, come):
    """Whoever may not change a schedule is not offered it, and refused when it is forced; who lets another's go on is told whose it becomes."""
    for role in ("viewer", "author"):
        person = come(role)
        page = opened(person, "#/schedules", "Schedules")
        expect(row(page, "News")).to_be_visible()
        expect(page.get_by_role("link", name="Make a schedule")).to_have_count(0)
        expect(page.locator(".kit-ways")).to_have_count(0)
        page.get_by_role("link", name="News").click()
        expect(page.locator(".kit-pairs")).to_be_visible()
        expect(page.get_by_role("region", name="What comes next").locator("tbody tr").first).to_be_visible()
        names = page.locator("main button").all_inner_texts()
        assert all(name.startswith("Show all") for name in names), names
        expect(page.get_by_role("link", name="Change", exact=True)).to_have_count(0)
        for place in ("#/schedules/new", f"#/schedules/{given['schedule']}/edit"):
            opened(person, place, "Your role may not open this page.")
        page.keyboard.press("Control+k")
        page.get_by_label("Type a command").fill("Make a schedule")
        expect(page.get_by_role("option")).to_have_count(0)
        page.keyboard.press("Escape")
        path = f"/api/schedules/{given['schedule']}"
        for method, at in (("DELETE", path), ("PATCH", path), ("POST", f"{path}/run"), ("POST", "/api/schedules"), ("POST", f"{path}/occurrences/{given['day']}T00:30/skip")):
            assert status_of(page, given["keys"][role], method, at) == 403, (role, method, at)
    person = come("admin")
    page = opened(person, f"#/schedules/{given['schedule']}", "News")
    expect(page).to_have_title("News · Schedules · Galley")
    page.get_by_role("button", name="Pause").click()
    answer(page, "Pause")
    told(page, "pauses")
    page.get_by_role("button", name="Let it go on").click()
    expect(page.get_by_role("dialog")).to_contain_text("You become its owner in the place of dev-editor")
    page.keyboard.press("Escape")
    person.go(f"#/schedules/{given['schedule']}/edit")
    expect(field(page, "request.publish_mode")).to_be_visible()
    field(page, "name").fill("The news")
    expect(page.locator(".schedule-foot")).not_to_contain_text("You become")
    field(page, "rule.at").fill("10:45")
    expect(page.locator(".schedule-foot")).to_contain_text("You become its owner")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The news")
    expect(page.locator(".kit-card")).to_contain_text("dev-admin")
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("dialog")).to_contain_text("This cannot be undone.")
    answer(page, "Remove")
    told(page, "is removed")
    expect(page.locator(".empty")).to_contain_text("There is no schedule yet")


def runs(given, come):
    """A run whose task failed says why and what to do about it."""
    page = opened(come("viewer"), f"#/schedules/{given['schedule']}", "News")
    line = page.get_by_role("region", name="What came of it").locator("tbody tr").filter(has_text="Failed")
    expect(line.locator("p.bad")).not_to_have_text("")
    expect(line).to_contain_text("Somebody can try the task again on its page.")
    line.get_by_role("link", name="Open the task").click()
    expect(page.locator(".review-line .badge").first).to_have_text("Failed")


def feeds(given, come):
    """An address of the calendar is shown once, is read without a key, and is nowhere once it is revoked."""
    person = come("admin", permissions=["clipboard-read", "clipboard-write"])
    page = opened(person, "#/admin/feeds", "Calendar feeds")
    expect(page.locator(".empty")).to_contain_text("No program reads the calendar")
    page.get_by_role("button", name="Make an address").click()
    answer(page, "Make the address")
    expect(page.locator("#ask-name-says.field-error")).to_be_visible()
    page.get_by_label("Name").fill(ATTACK)

    def lose(route):
        route.fetch()
        route.abort()

    # The answer gets lost on the way: no second address is made, and it is said that the first was shown.
    page.route("**/calendar-feeds", lose, times=1)
    answer(page, "Make the address")
    expect(page.get_by_role("dialog")).to_contain_text("did not answer")
    answer(page, "Make the address")
    expect(page.get_by_role("dialog")).to_contain_text("An earlier answer has shown it")
    answer(page, "Close")
    expect(page.locator(".kit-table tbody tr")).to_have_count(1)
    page.get_by_role("button", name="Make an address").click()
    page.get_by_label("Name").fill("The desk")
    answer(page, "Make the address")
    secret = shown_once(page)
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("dialog")).to_contain_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == secret
    page.get_by_role("button", name="I have kept it").click()
    nowhere(page, secret)
    read = page.request.get(secret)
    assert read.status == 200 and read.text().startswith("BEGIN:VCALENDAR"), read.status
    row(page, "The desk").get_by_role("button", name="Revoke").click()
    answer(page, "Revoke")
    told(page, "is revoked")
    expect(row(page, "The desk")).to_have_count(0)
    assert page.request.get(secret).status == 404


def near(given, come):
    """What is nearly the same is told before it is asked for and beside its text; who looks at it finds the form as it was."""
    person = come("author")
    page = person.page
    person.go("#/new")
    page.get_by_label("Topic").fill("How does HTTP caching work?")
    page.get_by_label("For whom").fill("Those who write servers")
    told_near = page.get_by_role("region", name="Near duplicates")
    expect(told_near).to_contain_text("on nearly the same subject")
    expect(told_near).to_contain_text("never published without a person")
    told_near.get_by_role("link", name=given["title"]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(given["title"])
    page.go_back()
    expect(page.get_by_label("Topic")).to_have_value("How does HTTP caching work?")
    expect(page.get_by_label("For whom")).to_have_value("Those who write servers")
    page.get_by_label("Topic").fill("How DNS resolvers work")
    expect(told_near).to_have_count(0)
    # What was left once is not there for good.
    person.go("#/queue")
    expect(page.locator("#queue-title")).to_be_visible()
    person.go("#/new")
    expect(page.get_by_label("Topic")).to_have_value("")
    # Nor is the form filled in again from the task that it began with.
    person.go(f"#/new?from={given['task']}")
    expect(page.get_by_label("Topic")).not_to_have_value("")
    page.get_by_label("Topic").fill("How does HTTP caching work?")
    page.get_by_label("For whom").fill("Those who read logs")
    told_near.get_by_role("link", name=given["title"]).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(given["title"])
    page.go_back()
    expect(told_near).to_be_visible()
    page.wait_for_load_state("networkidle")
    expect(page.get_by_label("For whom")).to_have_value("Those who read logs")
    person.review(given["task"])
    beside = page.locator(".facts .fact").filter(has=page.get_by_role("heading", name="Near duplicates"))
    expect(beside).to_contain_text("% of the text is the same")
    expect(beside).to_contain_text("never published without a person")
    beside.get_by_role("link", name=given["title"]).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(given["title"])
    expect(page.locator(".review-line .badge").first).to_have_text("Published")
    expect(page.get_by_role("heading", name="Near duplicates")).to_have_count(0)


def plans_accessible(given, come):
    """axe-core finds nothing on the calendar and on any page of schedules, in either theme, nor at the width of a phone."""
    with open(given["axe"], encoding="utf-8") as file:
        axe = file.read()
    places = {
        f"#/calendar?day={given['day']}&zone=UTC": ".cal-is-scheduled",
        f"#/calendar?day={given['day']}&zone=UTC&view=week": ".cal-is-scheduled",
        "#/calendar?day=2020-05-05&zone=UTC": ".cal-empty",
        "#/schedules": ".kit-table",
        f"#/schedules/{given['schedule']}": ".kit-table",
        "#/schedules/new": ".schedule-form",
        f"#/schedules/{given['schedule']}/edit": ".schedule-form",
        f"#/tasks/{given['task']}": ".near",
    }
    found = []
    for scheme, width in (("light", 1280), ("dark", 1280), ("light", 360)):
        person = come("admin", color_scheme=scheme)
        page = person.page
        page.set_viewport_size({"width": width, "height": 900})
        for place, sign in places.items():
            person.go(place)
            expect(page.locator(sign).first).to_be_visible()
            expect(page.locator(".loading")).to_have_count(0)
            found.extend(looks.faults(page, axe, f"{scheme} {width} {place}"))
        person.go(f"#/schedules/{given['schedule']}")
        page.get_by_role("button", name="Remove").click()
        expect(page.get_by_role("dialog")).to_be_visible()
        found.extend(looks.faults(page, axe, f"{scheme} {width} remove"))
        page.keyboard.press("Escape")
        person.go("#/new")
        page.get_by_label("Topic").fill(given["topic"])
        expect(page.locator(".near")).to_be_visible()
        found.extend(looks.faults(page, axe, f"{scheme} {width} near"))
    assert found == [], "\n".join(found)


def pictures(given, come, take):
    """The calendar in both themes and on a phone, and the pages of schedules."""
    for scheme, width, tail in (("light", 1280, ""), ("dark", 1280, "-dark"), ("light", 360, "-phone")):
        person = come("editor", color_scheme=scheme, timezone_id="Europe/Berlin")
        page = person.page
        page.set_viewport_size({"width": width, "height": 900 if width > 400 else 740})
        person.go(f"#/calendar?day={given['day']}")
        expect(page.locator(".cal-entry").first).to_be_visible()
        take(page, f"calendar{tail}")
        if tail:
            continue
        page.keyboard.press("w")
        expect(page.locator("table.cal-week .cal-entry").first).to_be_visible()
        take(page, "calendar-week")
        for place, name, sign in (
            ("#/schedules", "schedules", ".kit-table"),
            (f"#/schedules/{given['schedule']}", "schedule", ".kit-table"),
            (f"#/schedules/{given['schedule']}/edit", "schedule-form", ".schedule-form"),
        ):
            person.go(place)
            expect(page.locator(sign).first).to_be_visible()
            expect(page.locator(".loading")).to_have_count(0)
            take(page, name)


SCENES = (calendar_by_keyboard, calendar_moves, calendar_where_clocks_change, calendar_is_bounded, schedule, schedule_of_others, runs, feeds, near, plans_accessible)
