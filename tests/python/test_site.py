"""scripts/site: pages made of records alone, opened and clicked through in headless Chromium without a network."""

import csv
import html.parser
import json
import shutil
import statistics
import subprocess
import sys
import time
import urllib.parse
from collections import Counter

import pytest
from program import ROOT, records

CURRENT = json.loads((ROOT / "results/runs/current.json").read_text())
TWO = {table: CURRENT[table] for table in ("lambda-quick", "speedup-quick")}
PATIENCE = 300  # seconds: a busy machine is no failure
CLICKS, WINDOW = 150, 11  # Chromium drops navigations beyond 200 in ten seconds, those inside a page too
PHONE, DESKTOP = (390, 844), (1280, 900)


def make_site(out, root=ROOT, code=0):
    done = subprocess.run(
        [sys.executable, root / "scripts/site", "--out", out], capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    out = tmp_path_factory.mktemp("site") / "site"
    make_site(out)
    return out


@pytest.fixture
def tree(tmp_path):
    """What scripts/site reads of the repository, with two experiments, to be changed."""
    for folder in ("scripts", "experiments/descriptors", "python/maskbench/_figures"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    for file in (
        "README.md",
        "docs/values.md",
        *TWO.values(),
        *(f"results/tables/{table}.{kind}" for table in TWO for kind in ("md", "csv")),
    ):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / file, tmp_path / file)
    (tmp_path / "results/runs/current.json").write_text(json.dumps(TWO))
    return tmp_path


def files_of(folder):
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


class Page(html.parser.HTMLParser):
    """Ids, addresses and the JSON of a page."""

    def __init__(self, file):
        super().__init__()
        self.ids, self.addresses, self.data, self.inside = [], [], {}, None
        self.feed(file.read_text())

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.ids += [attributes["id"]] if "id" in attributes else []
        self.addresses += [(tag, attributes[name]) for name in ("href", "src") if name in attributes]
        self.inside = attributes["id"] if attributes.get("type") == "application/json" else None

    def handle_data(self, text):
        if self.inside:
            self.data[self.inside] = json.loads(text)

    def handle_endtag(self, tag):
        self.inside = None


def pages(site):
    return {file.name: Page(file) for file in sorted(site.glob("*.html"))}


def plotted(site):
    """(descriptor-group, its records' file, the plots' data) for all tables."""
    for table, source in CURRENT.items():
        run = records(ROOT / source, "run")[-1]
        page = Page(site / f"{run['descriptor']['id']}.html")
        yield table, ROOT / source, page.data[f"{run['group']}-data"]


# Without a browser ----------------------------------------------------------------------------------------------------


def test_the_same_records_give_the_same_bytes(tree):
    for folder in ("once", "twice"):
        make_site(tree / folder, tree)
    assert files_of(tree / "once") == files_of(tree / "twice")


def test_the_site_is_made_and_not_committed():
    tracked = subprocess.run(["git", "ls-files", "results/site"], cwd=ROOT, capture_output=True, text=True)
    assert tracked.stdout == ""


def test_size(site):
    """Less tables and figures, which are copies of what is committed."""
    sizes = {
        name: len(text) for name, text in files_of(site).items() if name.split("/")[0] not in ("tables", "figures")
    }
    assert sum(sizes.values()) < 8 * 2**20
    assert all(size < 2**20 for name, size in sizes.items() if name.endswith(".html")), "a page loads at once"


def test_every_descriptor_has_a_page_with_its_question(site):
    for source in CURRENT.values():
        descriptor = records(ROOT / source, "run")[-1]["descriptor"]
        text = (site / f"{descriptor['id']}.html").read_text()
        assert html.escape(descriptor["question"], quote=False).replace("'", "&#39;") in text
        assert f'href="{descriptor["id"]}.html"' in (site / "index.html").read_text()


def test_addresses_lead_somewhere(site):
    all_pages = pages(site)
    for name, page in all_pages.items():
        assert len(page.ids) == len(set(page.ids)), name
        for tag, address in page.addresses:
            parts = urllib.parse.urlsplit(address)
            if parts.scheme:
                assert (tag, parts.scheme) in (("a", "https"), ("link", "data")), f"{name}: {address}"
                continue
            assert not parts.netloc, f"{name}: {address}"
            target = parts.path or name
            assert (site / target).is_file(), f"{name}: {address}"
            if parts.fragment:
                assert parts.fragment in all_pages[target].ids, f"{name}: {address}"


def same_but_for_the_seed(source):
    """The cells of each place of the plan, in its order; those that have an answer."""
    cells = {cell["key"]: cell for cell in records(source, "cell")}
    together = {}
    for planned in records(source, "run")[-1]["plan"]:
        together.setdefault(json.dumps(planned["axes"], sort_keys=True), []).append(cells.get(planned["key"]))
    return [
        [cell for cell in same if cell and (cell["value"] is not None or cell["metrics"])] for same in together.values()
    ]


WITHOUT_VALUE = {"proxy-quick"}  # records of metrics alone


def expected_measures(cells):
    """measure -> its numbers: objective and time of the cells that have a value, all metrics of all."""
    found = {}
    for cell in cells:
        if cell["value"] is not None:
            found.setdefault("objective", []).append(cell["value"])
            found.setdefault("seconds", []).append(cell["seconds"]["select"])
        for name, value in cell["metrics"].items():
            found.setdefault(name, []).append(value)
    return found


def test_plots_hold_the_means_of_the_records(site):
    for table, source, data in plotted(site):
        expected = same_but_for_the_seed(source)
        assert len(expected) == len(data["places"]), table
        for place, cells in zip(data["places"], expected):
            assert place["n"] == len(cells) and ("why_not" in place) == (not cells)
            measures = expected_measures(cells)
            assert ("objective" in measures) == (bool(cells) and table not in WITHOUT_VALUE) and bool(measures) == bool(
                cells
            )
            for name, values in measures.items():
                mean, sd = place["measures"][name]
                assert mean == pytest.approx(statistics.fmean(values), rel=1e-6)
                assert sd == pytest.approx(statistics.stdev(values) if len(values) > 1 else 0, rel=1e-2, abs=1e-12)


def test_differences_are_those_of_the_table(site):
    """Records without a value: what the table compares seed by seed is in the plots with the same mean."""
    for table, source, data in plotted(site):
        if table not in WITHOUT_VALUE:
            continue
        asked = [cell for cell in records(source, "run")[-1]["descriptor"]["table"]["cells"] if "paired" in cell]
        assert asked
        with (site / f"tables/{table}.csv").open(newline="") as rows:
            means = {
                (line["row"], line["measure"]): float(line["mean"]) for line in csv.DictReader(rows) if line["low"]
            }
        for place in data["places"]:
            for cell in asked:
                shown = place["measures"][f"{cell['measure']} less that of {cell['paired']}"]
                if place["selector"] == cell["paired"]:
                    assert shown == [0, 0]
                else:
                    assert (
                        shown[0] == pytest.approx(means[place["selector"], cell["measure"]], rel=1e-6) and shown[1] > 0
                    )


def test_curves_end_at_the_last_points(site):
    for _table, source, data in plotted(site):
        whole = records(source, "run")[-1]["descriptor"].get("curves", False)  # else what a table reads of them
        last = {point["cell"]: point["value"] for point in records(source, "point") if whole}
        for place, cells in zip(data["places"], same_but_for_the_seed(source)):
            values = [last[cell["key"]] for cell in cells if cell["key"] in last]
            assert ("curve" in place) == bool(values)
            if values:
                assert len({len(column) for column in place["curve"].values()}) == 1
                assert place["curve"]["step"] == sorted(set(place["curve"]["step"]))
                assert place["curve"]["objective"][-1][0] == pytest.approx(statistics.fmean(values), rel=1e-6)


def test_a_new_descriptor_needs_no_line(tree):
    """Another name, another group and a sweep over words: nothing in the generator knows them."""
    source = tree / TWO["lambda-quick"]
    text = source.read_text().replace('"id":"lambda"', '"id":"another"').replace("lambda.quick |", "another.ci |")
    text = text.replace('"group":"quick"', '"group":"ci"')
    (tree / "results/runs/another.jsonl").write_text(text)
    for kind in ("md", "csv"):
        shutil.copyfile(tree / f"results/tables/lambda-quick.{kind}", tree / f"results/tables/another-ci.{kind}")
    (tree / "results/runs/current.json").write_text(json.dumps({**TWO, "another-ci": "results/runs/another.jsonl"}))
    make_site(tree / "site", tree)
    page = Page(tree / "site/another.html")
    assert [sweep["axis"] for sweep in page.data["ci-data"]["sweeps"]] == ["objective.lambda", "objective.scaling"]
    assert "another.html" in (tree / "site/index.html").read_text()


def test_figures_with_their_captions(tree):
    folder = tree / "results/figures"
    folder.mkdir()
    name = "speedup-quick-time_value"
    about = {
        "name": name,
        "title": "Time against value",
        "caption": "What is <drawn>.",
        "reading": "It falls.",
        "evidence": "5 seeds.",
        "descriptor": "speedup",
        "group": "quick",
        "files": [f"{name}.svg", f"{name}.png", f"{name}.csv"],
    }
    (folder / "index.json").write_text(json.dumps({"drawn": [name], "skipped": []}))
    (folder / f"{name}.json").write_text(json.dumps(about))
    (folder / f"{name}.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>" + " " * 999)
    (folder / f"{name}.png").write_bytes(b"a copy to look at")
    (folder / f"{name}.csv").write_text("x,y\n1,2\n")
    make_site(tree / "site", tree)
    text = (tree / "site/speedup.html").read_text()
    assert "What is &lt;drawn&gt;. It falls. 5 seeds." in text
    assert 'alt="Time against value"' in text, "the finding"
    assert f'src="figures/{name}.svg"' in text and (tree / f"site/figures/{name}.csv").is_file()
    assert "figures/" not in (tree / "site/lambda.html").read_text()


CLAIMS = """# What is stated, and what we find

What the words mean.

## Speed

| claim | paper says | we find | verdict |
| --- | --- | --- | --- |
| [It is faster](claims-evidence.md#fast) | faster (78 h) | 2.7 s against 7.8 h | reproduced |
| [Small](claims-evidence.md#small) | a \\| b | nothing | no records |

## Scale

| claim | paper says | we find | verdict |
| --- | --- | --- | --- |
| [Old](claims-evidence.md#old_one) | so | so | reproduced |

claims: 2 reproduced, 0 differ, 0 not runnable, 1 without records
"""
EVIDENCE = "# The evidence\n\n### old\\_one\n\n| problem | test |\n| --- | --- |\n| web\\_sample | -61 % [-63, -60] |\n"


def test_claims_are_counted_and_shown(tree):
    (tree / "results/tables/claims.md").write_text(CLAIMS)
    (tree / "results/tables/claims-evidence.md").write_text(EVIDENCE)
    make_site(tree / "site", tree)
    index, page, evidence = (
        (tree / f"site/{name}.html").read_text() for name in ("index", "claims", "claims-evidence")
    )
    assert (
        "<strong>2</strong> reproduced" in index
        and "<strong>1</strong> no records" in index
        and 'href="claims.html"' in index
    )
    assert "What the words mean." in page and "claims: 2 reproduced" in page and "2.7 s against 7.8 h" in page
    assert "a | b" in page and 'href="claims-evidence.html#old_one"' in page
    assert '<h3 id="old_one">old_one</h3>' in evidence and "[-63, -60]" in evidence


def test_intervals_are_not_notes():
    sys.path.insert(0, str(ROOT / "scripts"))
    from lib.site.data import cell_of

    assert (cell_of("+100 ms [100, 200]").html, cell_of("+100 ms [100, 200]").notes) == ("+100 ms [100, 200]", [])
    assert (cell_of("0 [0, 0]").html, cell_of("0 [0, 0]").notes) == ("0 [0, 0]", [])
    assert (cell_of("-0.1 (0.02) [-0.2, 0.3] [4]").html, cell_of("refused [1, 12]").notes) == (
        "-0.1 (0.02) [-0.2, 0.3]",
        ["1", "12"],
    )


def test_nothing_is_half_written(tree):
    make_site(tree / "build/site", tree)
    before = files_of(tree / "build/site")
    table = tree / "results/tables/speedup-quick.csv"
    lines = table.read_text().splitlines()
    table.write_text("\n".join(lines[: len(lines) // 2]) + "\n")
    assert "render both again" in make_site(tree / "build/site", tree, code=1)
    table.unlink()
    assert "speedup-quick.csv is missing" in make_site(tree / "build/site", tree, code=1)
    assert files_of(tree / "build/site") == before
    assert not list((tree / "results").glob(".site-*"))


def test_another_folder_is_not_replaced(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    assert "not empty" in make_site(tmp_path, code=2)
    assert (tmp_path / "mine.txt").read_text() == "mine"


# In a browser ---------------------------------------------------------------------------------------------------------


class Browser:
    """Headless Chromium that logs its console and its requests."""

    def __init__(self, driver, site):
        self.driver, self.site = driver, site
        self.clicked = []  # (when, how many links)

    def breathe(self):
        """Until half of CLICKS may follow."""
        while sum(count for at, count in self.clicked if time.monotonic() - at < WINDOW) > CLICKS // 2:
            time.sleep(0.1)

    def open(self, page, size=DESKTOP, scheme="light"):
        self.resize(size)
        self.prefer(scheme)
        self.driver.get(f"{self.site.as_uri()}/{page}")
        self.wait_for_plots()

    def resize(self, size):
        device = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size == PHONE}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", device)

    def prefer(self, scheme):
        self.driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        )

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def wait(self, script, *arguments):
        from selenium.webdriver.support.ui import WebDriverWait

        return WebDriverWait(self.driver, PATIENCE, poll_frequency=0.1).until(lambda _: self.run(script, *arguments))

    def wait_for_plots(self):
        self.wait("""
            const plots = document.querySelectorAll("figure.plot");
            if (!document.querySelector("[data-plots]")) return true;
            return [...document.querySelectorAll("[data-plots]")].every((one) => one.childElementCount) && Bokeh.documents.length === plots.length && Bokeh.documents.every((one) => one.is_idle)""")

    def all(self, selector):
        return self.driver.find_elements("css selector", selector)

    def press(self, *keys):
        from selenium.webdriver import ActionChains

        ActionChains(self.driver).send_keys(*keys).perform()

    def colours(self):
        """Background of the page and of every plot."""
        return self.run("""
            const page = getComputedStyle(document.body).backgroundColor;
            return [page, ...(window.Bokeh?.documents ?? []).map((one) => one.roots()[0].background_fill_color)]""")

    def complaints(self):
        found = [
            entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")
        ]
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                address = message["params"]["request"]["url"]
                if urllib.parse.urlsplit(address).scheme not in ("file", "data", "blob"):
                    found.append(f"request of {address}")
        return found


@pytest.fixture(scope="module")
def driver():
    programs = {name: shutil.which(name) for name in ("chromium", "chromedriver")}
    absent = [name for name, path in programs.items() if path is None]
    if absent:
        pytest.skip(f"not installed: {', '.join(absent)} (Debian: apt-get install chromium chromium-driver)")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = programs["chromium"]
    # No sandbox: containers have none. Every host name is unknown: a request would be an error on the console.
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--host-resolver-rules=MAP * ~NOTFOUND",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    found = webdriver.Chrome(options=options, service=Service(programs["chromedriver"]))
    found.command_executor.client_config.timeout = PATIENCE
    yield found
    found.quit()


@pytest.fixture
def browser(driver, site):
    opened = Browser(driver, site)
    driver.get(f"{site.as_uri()}/index.html")
    opened.run("localStorage.clear()")
    opened.complaints()
    yield opened
    assert opened.complaints() == []


def test_the_log_would_show_a_request(driver, site, tmp_path):
    """The test's own check: a page that asks for a font, and one that fails, are both seen."""
    (tmp_path / "bad.html").write_text(
        "<link rel=stylesheet href='https://fonts.example/a.css'><script>throw 1</script>"
    )
    bad = Browser(driver, tmp_path)
    bad.complaints()
    driver.get(f"{tmp_path.as_uri()}/bad.html")
    complaints = "\n".join(bad.complaints())
    assert "request of https://fonts.example/a.css" in complaints and "Uncaught" in complaints


def test_more_links_than_chromium_follows_at_once(browser, tmp_path):
    """The page of a large descriptor: its notes alone have hundreds of links, many to one address."""
    links = "".join(f"<p id=note-{i}><a href=#note-{i}>{i}</a> <a href=#note-{i}>again</a></p>" for i in range(240))
    (tmp_path / "large.html").write_text(f"<!doctype html>{links}<a href=#nowhere>nowhere</a>")
    browser.driver.get(f"{tmp_path.as_uri()}/large.html")
    followed = follow_links(browser)
    assert sorted(wanted for wanted, _ in followed) == sorted(["#nowhere", *(f"#note-{i}" for i in range(240))])
    assert all(wanted == reached for wanted, reached in followed)


def test_every_page_by_clicking(browser, site):
    """From the index, by clicking, to every page; each is looked at once."""
    to_open = {file.name for file in site.glob("*.html")}
    browser.open("index.html")
    while True:
        now = urllib.parse.urlsplit(browser.driver.current_url).path.rsplit("/", 1)[1]
        if now in to_open:
            to_open.remove(now)
            look_at_page(browser, site / now)
        links = browser.run(
            "return [...document.querySelectorAll(`a[href*='.html']`)].map((link) => link.getAttribute('href'))"
        )
        onward = sorted(link for link in links if link.partition("#")[0] in to_open)
        if not onward and now == "index.html":
            break
        address = onward[0] if onward else "index.html"
        browser.run("document.querySelector(`a[href='${arguments[0]}']`).click()", address)
        browser.wait(
            "return location.pathname.endsWith(arguments[0]) && document.readyState === 'complete'",
            "/" + address.partition("#")[0],
        )
        browser.wait_for_plots()
    assert not to_open, "no way leads there"


def follow_links(browser):
    """[wanted, reached] of every address inside the page, each clicked once."""
    followed = []
    while True:
        browser.breathe()
        some = browser.run(
            """
            const first = new Map([...document.querySelectorAll(`a[href^='#']`)].reverse().map((link) => [link.hash, link]));
            return [...first.values()].slice(arguments[0], arguments[0] + arguments[1]).map((link) => (link.click(), [link.hash, location.hash]))""",
            len(followed),
            CLICKS // 2,
        )
        if not some:
            return followed
        browser.clicked.append((time.monotonic(), len(some)))
        followed += some


def look_at_page(browser, file):
    followed = follow_links(browser)
    assert all(wanted == reached for wanted, reached in followed), file.name
    drawn = browser.run(
        "return [...document.querySelectorAll('[data-plots]')].map((one) => [one.dataset.plots, one.querySelectorAll('figure.plot').length])"
    )
    held = Page(file).data
    assert all((plots > 0) == any(place["n"] for place in held[group]["places"]) for group, plots in drawn), (
        f"{file.name}: no plot of what was measured"
    )

    levels = browser.run("return [...document.querySelectorAll('h1, h2, h3, h4')].map((one) => Number(one.tagName[1]))")
    assert levels[0] == 1 and all(b - a <= 1 for a, b in zip(levels, levels[1:])), f"{file.name}: {levels}"

    for table, group in ((table, table.rsplit("-", 1)[1]) for table in CURRENT if table.rsplit("-", 1)[0] == file.stem):
        with (file.parent / f"tables/{table}.csv").open(newline="") as rows:
            wanted = [line["mean"] for line in csv.DictReader(rows)]
        cells = browser.run(f"""return [...document.querySelectorAll(".scroll[aria-labelledby^='{group}-table-'] tbody td")]
            .map((cell) => [cell.dataset.sort ?? "", getComputedStyle(cell).textAlign])""")
        shown = [number for number, _ in cells if number]  # some of them: at most six columns, no row of refusals
        assert (shown or not any(wanted)) and not Counter(shown) - Counter(wanted), table
        assert all(align == "right" for number, align in cells if number), table

    browser.run("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    nameless = browser.run("""
        return [...document.querySelectorAll("a, button, select, input, img, [role=region]")]
          .filter((one) => !(one.textContent.trim() || one.labels?.[0]?.textContent.trim() || one.getAttribute("aria-label")
                             || one.alt || document.getElementById(one.getAttribute("aria-labelledby"))?.textContent))
          .map((one) => one.outerHTML)""")
    assert nameless == [], file.name

    for size in (DESKTOP, PHONE, DESKTOP):
        browser.resize(size)
        browser.wait("return innerWidth === arguments[0]", size[0])
        width = browser.run("return document.documentElement.scrollWidth")
        assert width <= size[0], f"{file.name} is {width} px wide on {size[0]} px"
        if size == PHONE and browser.all("table.sortable"):
            assert browser.run(
                "return [...document.querySelectorAll('.scroll')].some((one) => one.scrollWidth > one.clientWidth)"
            )


def column(browser, table, index):
    return browser.run(
        "return [...arguments[0].tBodies[0].rows].map((row) => row.cells[arguments[1]].dataset.sort ?? null)",
        table,
        index,
    )


def with_numbers(browser):
    """The first table whose first column of numbers has several, and that column."""
    for table in browser.all("table.sortable"):
        for index in range(1, len(table.find_elements("css selector", "thead th"))):
            shown = column(browser, table, index)
            if len(set(shown) - {None}) > 2:
                return table, index, shown
    raise AssertionError("no table to sort")


def in_order(values):
    numbers = [float(value) for value in values if value is not None]
    return sorted(numbers) == numbers and None not in values[: len(numbers)]


def test_sorting_by_click_and_by_keyboard(browser):
    from selenium.webdriver.common.keys import Keys

    browser.open("speedup.html")
    table, index, first = with_numbers(browser)
    assert not in_order(first)
    heading = table.find_elements("css selector", "thead th")[index]
    button = heading.find_element("css selector", "button")
    browser.run("arguments[0].scrollIntoView({block: 'center'})", button)
    button.click()
    assert heading.get_attribute("aria-sort") == "ascending"
    up = column(browser, table, index)
    assert in_order(up) and sorted(map(str, up)) == sorted(map(str, first))
    browser.press(Keys.ENTER)
    assert heading.get_attribute("aria-sort") == "descending"
    numbers = [value for value in column(browser, table, index) if value is not None]
    assert in_order(numbers[::-1]) and len(browser.all("[aria-sort]")) == 1
    browser.press(Keys.SPACE)
    assert heading.get_attribute("aria-sort") is None
    assert column(browser, table, index) == first
    browser.press(Keys.TAB, Keys.ENTER)  # on to the next column
    assert table.find_elements("css selector", "thead th")[index + 1].get_attribute("aria-sort") == "ascending"


def test_dark_and_light(browser):
    browser.open("lambda.html", scheme="light")
    light = browser.colours()
    assert len(set(light)) == 1 and len(light) > 2, "plots have the page's colour"
    browser.all("#theme")[0].click()
    browser.wait("return getComputedStyle(document.body).backgroundColor !== arguments[0]", light[0])
    browser.wait(
        "return Bokeh.documents.every((one) => one.roots()[0].background_fill_color !== arguments[0])", light[0]
    )
    browser.wait_for_plots()
    dark = browser.colours()
    assert len(set(dark)) == 1 and dark[0] != light[0]
    assert browser.all("#theme")[0].get_attribute("aria-pressed") == "true"
    browser.open("speedup.html", scheme="light")  # remembered, on another page
    assert browser.colours()[0] == dark[0]
    browser.all("#theme")[0].click()
    browser.open("speedup.html", scheme="dark")  # the choice is above the system's
    assert browser.colours()[0] == light[0]
    browser.run("localStorage.clear()")
    browser.open("speedup.html", scheme="dark")  # no choice: the system's
    assert browser.colours()[0] == dark[0]
    browser.prefer("light")  # the system changes: plots follow
    browser.wait(
        "return Bokeh.documents.every((one) => one.roots()[0].background_fill_color === arguments[0])", light[0]
    )


def test_contrast(browser):
    """Text against the page at least 4.5 to 1 (WCAG AA), marks of plots 3 to 1, in both themes."""

    def luminance(colour):
        parts = [int(part) / 255 for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
        return sum(
            weight * (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
            for weight, part in zip((0.2126, 0.7152, 0.0722), parts)
        )

    for scheme in ("light", "dark"):
        browser.open("index.html", scheme=scheme)
        wanted = {"text": 4.5, "quiet": 4.5, "link": 4.5, "focus": 3, **{f"series-{i}": 3 for i in range(9)}}
        for name, least in wanted.items():
            colour, page = browser.run(
                """
                const probe = document.body.appendChild(document.createElement("i"));
                probe.style.color = `var(--${arguments[0]})`;
                return [getComputedStyle(probe).color, getComputedStyle(document.body).backgroundColor]""",
                name,
            )
            high, low = sorted((luminance(colour), luminance(page)), reverse=True)
            assert (high + 0.05) / (low + 0.05) >= least, f"{scheme}: {name} {colour} on {page}"


def test_a_phone_from_the_start(browser):
    browser.open("speedup.html", PHONE)
    assert browser.run("return [document.documentElement.scrollWidth, innerWidth]") == [PHONE[0], PHONE[0]]
    assert browser.run(
        "return [...document.querySelectorAll('.canvas')].every((one) => one.clientWidth > 250 && one.clientWidth < innerWidth)"
    )


def test_keyboard(browser):
    from selenium.webdriver.common.keys import Keys

    browser.open("speedup.html")
    focused = """let it = document.activeElement;
        while (it.shadowRoot?.activeElement) it = it.shadowRoot.activeElement;
        """
    browser.press(Keys.TAB)
    assert browser.run(focused + "return it.className") == "skip"
    assert browser.run(focused + "return it.getBoundingClientRect().left >= 0"), (
        "the skip link shows when it has the focus"
    )
    browser.press(Keys.ENTER)
    assert browser.run(focused + "return it.id") == "main"
    outlines, in_legend = set(), False
    for _ in range(60):  # links, controls, the first plot and its tools, buttons of its legend
        browser.press(Keys.TAB)
        outlines.add(
            browser.run(focused + "return getComputedStyle(it).outlineStyle + getComputedStyle(it).outlineWidth")
        )
        if in_legend := browser.run("return document.activeElement.closest('.legend') !== null"):
            break
    assert outlines == {"solid3px"}, "what has the focus is outlined"
    assert in_legend, "the buttons of a legend are reached"
    browser.press(Keys.SPACE)
    assert browser.run("return document.activeElement.getAttribute('aria-pressed')") == "false"


def test_records_without_a_value_have_a_plot(browser, site):
    """The training proxy: losses of each method, mean and deviation over seeds, and their differences from random's."""
    from selenium.webdriver.support.ui import Select

    browser.open("proxy.html")
    [plot] = browser.all("figure.plot")
    assert plot.find_element("css selector", "h4").text == "Each method"
    plot.find_element("css selector", "summary").click()
    data = Page(site / "proxy.html").data["quick-data"]
    titles = dict(data["measures"])
    choice = Select(plot.find_element("css selector", "select[name=x]"))
    offered = [option.get_attribute("value") for option in choice.options]
    assert {f"{model}.{text}" for model in ("kneser_ney", "transformer") for text in ("good", "bad", "heldout")} < set(
        offered
    )
    assert "words" not in offered, "the same for all"
    for measure in ("kneser_ney.good", "transformer.heldout less that of random"):
        choice.select_by_value(measure)
        browser.wait_for_plots()
        found = browser.run(
            """return [...arguments[0].querySelectorAll("details tr")].map((row) => [...row.cells].map((cell) => cell.textContent))""",
            plot,
        )
        assert found[0] == ["method", titles[measure], "sd", "seeds"]
        places = data["places"]
        assert [row[0] for row in found[1:]] == [place["selector"] for place in places]
        for row, place in zip(found[1:], places):
            assert [float(row[1]), float(row[2])] == pytest.approx(place["measures"][measure], rel=1e-3)
            assert int(row[3]) == place["n"] == 5
        drawn = browser.run("""
            const [plot] = Bokeh.documents.map((one) => one.roots()[0]);
            const of = (kind) => plot.renderers.filter(({ glyph }) => glyph.type === kind).map((one) => one.data_source.data);
            return [of("Scatter").map((data) => data.x[0]), of("Segment").map((data) => [data.left[0], data.right[0]])]""")
        means, bars = (
            [place["measures"][measure][0] for place in places],
            [[m - sd, m + sd] for m, sd in (place["measures"][measure] for place in places) if sd],
        )
        assert drawn[0] == pytest.approx(means) and [pytest.approx(bar) for bar in bars] == drawn[1]


def test_plots_answer_their_controls(browser, site):
    from selenium.webdriver.support.ui import Select

    browser.open("speedup.html")
    plots = browser.all('[data-plots="quick-data"] figure.plot')
    titles = [plot.find_element("css selector", "h4").text for plot in plots]
    assert titles == ["Value against time", "Convergence", "Along a parameter", "Quality against diversity"]
    plot = plots[0]
    caption = plot.find_element("css selector", "figcaption").text
    problems = Select(plot.find_element("css selector", "select[name=problem]"))
    full = [option.get_attribute("value") for option in problems.options]
    assert len(full) == len(set(full)) > 1 and len({option.text for option in problems.options}) == len(full)
    problems.select_by_index(1)
    browser.wait_for_plots()
    assert plot.find_element("css selector", "figcaption").text != caption

    plot.find_element("css selector", "summary").click()
    browser.wait("return arguments[0].querySelector('details table') !== null", plot)
    shown = browser.run(
        "return [...arguments[0].querySelectorAll('details tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent))",
        plot,
    )
    data = Page(site / "speedup.html").data["quick-data"]
    places = [place for place in data["places"] if place["problem"] == full[1] and place["n"]]
    assert [row[0] for row in shown] == [place["selector"] for place in places]
    for row, place in zip(shown, places):
        assert float(row[1]) == pytest.approx(place["measures"]["seconds"][0], rel=1e-4)
        assert float(row[2]) == pytest.approx(place["measures"]["normalised"][0], rel=1e-4, abs=1e-4)
        assert int(row[4]) == place["n"]

    drawn = """return Bokeh.documents.map((one) => one.roots()[0].renderers.filter((glyph) => glyph.glyph.type === "Scatter").length)
        .reduce((a, b) => a + b)"""
    before = browser.run(drawn)
    button = plot.find_element("css selector", ".legend button")
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
    browser.wait(drawn.replace("return", "return arguments[0] - 1 === ", 1), before)
    Select(plots[1].find_element("css selector", "select[name=x]")).select_by_value("step")
    browser.wait_for_plots()
    assert "greedy" not in [one.text for one in plots[1].find_elements("css selector", ".legend button")], (
        "it has no steps"
    )
