"""What is wrong with how a page looks, whichever page it is."""


def faults(page, axe, what):
    """What axe finds, and whether the page is wider than its window; each begins with `what` was looked at."""
    page.evaluate(axe)
    result = page.evaluate("axe.run(document, { iframes: false })")
    found = [f"{what}: {one['id']} {[node['html'][:160] for node in one['nodes']][:3]}" for one in result["violations"]]
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return found + ([f"{what}: {wide} px too wide"] if wide > 0 else [])
