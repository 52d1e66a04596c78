"""Scenes of all pages of admins and of operators: who may open them, how they are laid out, what they look like. Played by console.py."""

import admin
import looks
import operate
from area_parts import opened, status_of
from playwright.sync_api import expect

# A page of each area with what it is called, and something that is there once it has been read.
ADMIN = {
    "people": ("People", ".empty, .kit-table"),
    "keys": ("API keys", ".kit-table"),
    "sources": ("Webhook sources", ".empty, .kit-table"),
    "targets": ("Targets", ".empty, .kit-table"),
    "feeds": ("Calendar feeds", ".empty, .kit-table"),
    "settings": ("Settings", "form.kit-card"),
    "usage": ("Usage and costs", ".chart"),
    "privacy": ("Privacy", ".empty, .kit-table"),
    "acts": ("Audit log", ".empty, .kit-table"),
}
OPERATE = {
    "health": ("Health", ".kit-table"),
    "stuck": ("Stuck", ".empty, .kit-table"),
    "letters": ("Dead letters", ".empty, .kit-table"),
    "flags": ("Flags", ".empty, .kit-table"),
    "tenants": ("Tenants", ".kit-table"),
    "task": ("Inspect a task", ".kit-find"),
    "acts": ("Audit log", ".empty, .kit-table"),
}


def who_may(given, come):
    """Nobody is offered an area that is not theirs; who goes to its address is refused, and so is who asks the API."""
    wanted = {"viewer": [], "author": [], "editor": [], "admin": ["Admin"], "operator": ["Admin", "Operate"]}
    asked = {"Admin": ("admin", ADMIN, "/api/admin/keys"), "Operate": ("operate", OPERATE, "/api/admin/tenants")}
    for role, areas in wanted.items():
        person = come(role)
        page = person.page
        nav = page.get_by_role("navigation", name="Galley")
        for label, (area, pages, path) in asked.items():
            expect(nav.get_by_role("link", name=label)).to_have_count(1 if label in areas else 0)
            page.keyboard.press("Control+k")
            page.get_by_label("Type a command").fill(pages[list(pages)[1]][0])
            expect(page.get_by_role("option").filter(has_text=label)).to_have_count(1 if label in areas else 0)
            page.keyboard.press("Escape")
            for name, (heading, _) in pages.items():
                person.go(f"#/{area}/{name}")
                expect(page.get_by_role("heading", level=1)).to_have_text(heading if label in areas else "Your role may not open this page.")
            assert status_of(page, given["keys"][role], "GET", path) == (200 if label in areas else 403), (role, path)
    person.go("#/admin/nothing")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such page")


def areas_accessible(given, come):
    """axe-core finds nothing on any page of an area, in either theme, nor at the width of a phone."""
    with open(given["axe"], encoding="utf-8") as file:
        axe = file.read()
    places = {f"#/{given['area']}/{name}": page for name, page in (ADMIN if given["area"] == "admin" else OPERATE).items()}
    if given["area"] == "operate":
        places["#/operate/tenants/default"] = ("default", "form.kit-card")
        places[f"#/operate/task/{given['task']}"] = ("Inspect a task", ".kit-pairs")
    dialogs = {"#/admin/sources": "Make a source", "#/admin/feeds": "Make an address", "#/admin/privacy": "Erase", "#/operate/flags": "Set a flag"}
    found = []

    def look(page, what):
        expect(page.locator(".loading")).to_have_count(0)
        found.extend(looks.faults(page, axe, what))

    for scheme, width in (("light", 1280), ("dark", 1280), ("light", 360)):
        person = come("operator", color_scheme=scheme)
        page = person.page
        page.set_viewport_size({"width": width, "height": 900})
        for place, (heading, sign) in places.items():
            opened(person, place, heading)
            expect(page.locator(sign).first).to_be_visible()
            look(page, f"{scheme} {width} {place}")
            if place in dialogs:
                page.get_by_role("button", name=dialogs[place]).click()
                expect(page.get_by_role("dialog")).to_be_visible()
                look(page, f"{scheme} {width} {dialogs[place]}")
                page.keyboard.press("Escape")
    assert found == [], "\n".join(found)


def pictures(come, take):
    """A picture of every page of the areas, and of one page of each on a phone."""
    for role, area, pages in (("admin", "admin", ADMIN), ("operator", "operate", OPERATE)):
        person = come(role, color_scheme="light")
        page = person.page
        page.set_viewport_size({"width": 1280, "height": 800})
        places = {f"{area}-{name}": (f"#/{area}/{name}", *of) for name, of in pages.items()}
        if area == "operate":
            places["operate-tenant"] = ("#/operate/tenants/default", "default", "form.kit-card")
        for name, (place, heading, sign) in places.items():
            opened(person, place, heading)
            expect(page.locator(sign).first).to_be_visible()
            expect(page.locator(".loading")).to_have_count(0)
            take(page, name)
        page.set_viewport_size({"width": 360, "height": 740})
        place = "#/admin/usage" if area == "admin" else "#/operate/tenants"
        opened(person, place, "Usage and costs" if area == "admin" else "Tenants")
        expect(page.locator(".loading")).to_have_count(0)
        take(page, f"{area}-phone")


SCENES = (*admin.SCENES, *operate.SCENES, who_may, areas_accessible)
