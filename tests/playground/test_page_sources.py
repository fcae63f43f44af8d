"""The page's sources, without a browser: how they are written, and whether all can read them."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

import chainrule.playground
from chainrule.playground.page_files import page_file

PAGE = Path(chainrule.playground.__file__).parent / "page"
MODULES = sorted(PAGE.glob("*.js"))
SHEETS = sorted(PAGE.glob("*.css"))
THEMES = ("light", "dark")
TEXTS = ("ink", "muted", "accent", "serious")
GRAPHICS = ("edge", "light", "positive", "negative", *(f"class-{i}" for i in range(10)))

IMPORT = re.compile(r'^import \{([^}]*)\}\s+from "\./([\w-]+\.js)";$', re.MULTILINE)
TOP_LEVEL = re.compile(
    r"^(?:export )?(?:async )?(?:function\*?|const|let|class) +(\w+|\{[^}]*\}|\[[^\]]*\])",
    re.MULTILINE,
)
EXPORT = re.compile(r"^export (?:async )?(?:function\*?|const|class) +(\w+)", re.MULTILINE)
FUNCTION = re.compile(r"^(?:export )?(?:async )?function\*? .*?^\}", re.MULTILINE | re.DOTALL)


def name_of(path):
    return path.name


@pytest.fixture(params=MODULES, ids=name_of)
def module(request):
    return request.param.read_text(encoding="utf-8")


def names_in(text):
    """Return names that a module has at its top level."""
    return [name for found in TOP_LEVEL.findall(text) for name in re.findall(r"\w+", found)]


def imports_of(text):
    """Return what a module imports, as (module, name)."""
    return [
        (source, name.strip())
        for names, source in IMPORT.findall(text)
        for name in names.split(",")
        if name.strip()
    ]


# ---------------------------------------------------------------- modules


def test_imports_and_exports_are_of_the_plain_kinds(module):
    imports = re.findall(r"^\s*import\b[^;]*;", module, re.MULTILINE)
    assert [text for text in imports if not IMPORT.fullmatch(text.strip())] == []
    assert "import(" not in module
    exports = re.findall(r"^\s*export .*", module, re.MULTILINE)
    assert [text for text in exports if not EXPORT.match(text)] == []


def test_imports_are_found_and_used(module):
    for source, name in imports_of(module):
        assert " as " not in name
        exported = EXPORT.findall((PAGE / source).read_text(encoding="utf-8"))
        assert name in exported, f"{source} has no {name}"
        rest = IMPORT.sub("", module)
        assert re.search(rf"\b{name}\b", rest), f"{name} is imported for nothing"


def test_modules_reach_each_other_from_main():
    found, left = set(), {"main.js"}
    while left:
        name = left.pop()
        found.add(name)
        sources = {source for source, _ in imports_of((PAGE / name).read_text(encoding="utf-8"))}
        left |= sources - found
    replaced_in_bundles = {"recording.js"}
    assert {path.name for path in MODULES} - found <= replaced_in_bundles


def test_names_at_the_top_are_unique_over_all_modules():
    names = Counter(name for path in MODULES for name in names_in(path.read_text(encoding="utf-8")))
    assert [name for name, count in names.items() if count > 1] == []


def test_html_is_written_in_one_place_only():
    writes = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser")
    evals = re.compile(r"\beval\(|new Function\(|setTimeout\(\s*[\"'`]")
    places = {}
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        assert not evals.search(text), path.name
        for function in FUNCTION.findall(text):
            if writes.search(function):
                places[re.search(r"function\*? (\w+)", function)[1]] = path.name
        outside = FUNCTION.sub("", text)
        assert not writes.search(outside), path.name
    assert set(places) <= {"putHtml"}


def test_styles_are_set_where_the_policy_allows_it(module):
    assert not re.search(r"setAttribute\(\s*[\"']style", module)
    assert not re.search(r"[{,]\s*style: *[\"'`]", module)
    assert not re.search(r"\bon[a-z]+=[\"']", module)


@pytest.mark.parametrize("path", [*MODULES, *SHEETS, PAGE / "index.html"], ids=name_of)
def test_files_and_functions_are_short(path):
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    assert len(lines) <= 420 or path.suffix == ".css"
    assert [line for line in lines if len(line) > 100 and path.suffix == ".js"] == []
    long = [f.splitlines()[0] for f in FUNCTION.findall(text) if len(f.splitlines()) > 45]
    assert long == []


def test_messages_are_those_of_the_protocol():
    from chainrule.playground.messages import TYPES

    sent = {
        kind
        for path in MODULES
        for kind in re.findall(r"\bsend\(\s*\"(\w+)\"", path.read_text("utf-8"))
    }
    assert {"hello", "set", "advance", "shown"} <= sent
    assert sent <= set(TYPES)


# ---------------------------------------------------------------- the page itself


class Tags(HTMLParser):
    """Collects the tags of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.texts = Counter()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        if self.tags and data.strip():
            self.texts[self.tags[-1][0]] += 1


@pytest.fixture(scope="module")
def page():
    return Tags((PAGE / "index.html").read_text(encoding="utf-8"))


def test_the_page_has_no_script_and_no_style_of_its_own(page):
    names = {name for _, attributes in page.tags for name in attributes}
    assert "style" not in names
    assert [name for name in names if name.startswith("on")] == []
    assert page.texts["script"] == page.texts["style"] == 0
    assert [tag for tag, _ in page.tags if tag == "style"] == []


def test_the_page_fetches_only_its_own_files(page):
    found = [a.get("src") or a.get("href") for tag, a in page.tags if tag in ("script", "link")]
    own = [address for address in found if address != "data:,"]
    assert len(own) >= 4
    for address in own:
        assert address.startswith("page/")
        assert page_file(address.removeprefix("page/")) is not None


def test_every_place_is_there_once(page):
    ids = Counter(attributes["id"] for _, attributes in page.tags if "id" in attributes)
    assert [name for name, count in ids.items() if count > 1] == []
    groups = ("data", "features", "network", "training", "view")
    views = ("network", "plane", "curves", "images", "numbers", "maths", "lesson", "share")
    wanted = ("transport", "notes", *views, *(f"controls-{group}" for group in groups))
    assert set(wanted) <= set(ids)
    for _, attributes in page.tags:
        if "aria-labelledby" in attributes:
            assert attributes["aria-labelledby"] in ids


def test_controls_are_of_settings_that_there_are():
    from chainrule.playground.settings import SETTINGS

    text = (PAGE / "controls.js").read_text(encoding="utf-8")
    placed = re.search(r"const places = \[.*?^\];", text, re.MULTILINE | re.DOTALL)[0]
    lists = re.findall(r"names: \[([^\]]*)\]", placed)
    names = [name for one in lists for name in re.findall(r'"(\w+)"', one)]
    assert len(names) == len(set(names))
    assert set(names) | {"activations", "lesson"} >= set(SETTINGS)
    groups = set(re.findall(r'group: "(\w+)"', placed))
    assert groups >= {setting.group for setting in SETTINGS.values()}


# ---------------------------------------------------------------- colors


def colors_of(theme):
    """Return the custom properties that are colors, in a theme."""
    text = (PAGE / "page.css").read_text(encoding="utf-8")
    light = re.search(r"^:root \{(.*?)^\}", text, re.MULTILINE | re.DOTALL)[1]
    dark = re.search(r'^:root\[data-theme="dark"\] \{(.*?)^\}', text, re.MULTILINE | re.DOTALL)[1]
    found = {}
    for block in (light, dark) if theme == "dark" else (light,):
        found |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
    return found


def luminance(color):
    """Return the relative luminance of WCAG 2.2."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """Return the contrast of WCAG 2.2, from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_that_of_the_standard():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("theme", THEMES)
def test_texts_can_be_read(theme):
    colors = colors_of(theme)
    for behind in ("paper", "panel"):
        for name in TEXTS:
            assert contrast(colors[name], colors[behind]) >= 4.5, (name, behind)
    assert contrast(colors["on-accent"], colors["accent"]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_drawings_can_be_seen(theme):
    colors = colors_of(theme)
    for behind in ("paper", "panel"):
        for name in GRAPHICS:
            assert contrast(colors[name], colors[behind]) >= 3, (name, behind)


def test_both_themes_say_all_colors():
    light, dark = colors_of("light"), colors_of("dark")
    assert set(light) == set(dark)
    assert all(light[name] != dark[name] for name in light)


@pytest.mark.parametrize("theme", THEMES)
def test_signs_differ_where_no_color_is_seen(theme):
    """Classes next to each other, and the signs, differ in lightness or by their shapes."""
    colors = colors_of(theme)
    assert contrast(colors["positive"], colors["negative"]) >= 1.4
    first = [colors[f"class-{i}"] for i in range(3)]
    assert all(one != other for one, other in pairwise(first))


def test_custom_properties_that_are_used_are_there():
    defined = set()
    for path in SHEETS:
        defined |= set(re.findall(r"(--[\w-]+)\s*:", path.read_text(encoding="utf-8")))
    for path in MODULES:
        defined |= set(re.findall(r"setProperty\(\s*[\"'](--[\w-]+)", path.read_text("utf-8")))
    for path in SHEETS:
        text = path.read_text(encoding="utf-8")
        used = set(re.findall(r"var\((--[\w-]+)\)", text))
        assert used <= defined, path.name
        assert "!important" not in text
