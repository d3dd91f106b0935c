"""A headless Chromium, used as a person uses one: by the words on the page.

Whatever is looked for is waited for, and what is in the way a moment later no
more is tried again. shots has a picture of the page after each step.
"""

import contextlib
import os

from harness.waiting import Timeout, wait_for
from selenium import webdriver
from selenium.common import exceptions
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

# Everything that is to be seen and says just these words, or is named so, and
# is not inside of what is left out; of what lies in each other the innermost.
WORDS = """
const [words, where, usable, without] = arguments;
const plain = text => (text || "").replace(/\\s+/g, " ").trim()
    .replace(/ ?\\*$/, ""); // a field that must not be empty
const covered = e => {
    const box = e.getBoundingClientRect();
    const top = document.elementFromPoint(box.x + box.width / 2,
                                          box.y + box.height / 2);
    const button = e.closest("button, a, li, [role]") || e;
    return top && !button.contains(top);
};
const off = "[disabled], [aria-disabled=true], .is-disabled";
const seen = e => e.checkVisibility({visibilityProperty: true}) &&
    e.getClientRects().length > 0 &&
    !(without && e.closest(without)) &&
    !(usable && (e.closest(off) || covered(e)));
const found = [];
for (const root of document.querySelectorAll(where))
    for (const e of root.querySelectorAll("*"))
        if ((plain(e.getAttribute("aria-label")) === words ||
             plain(e.getAttribute("title")) === words ||
             plain(e.textContent) === words) && seen(e))
            found.push(e);
return found.filter(e => !found.some(o => o !== e && e.contains(o)));
"""
# The field that belongs to a label: the first one in the smallest box that
# has both.
FIELD = """
const typed = 'input:not([type=file]):not([type=checkbox]), textarea, ' +
    '[contenteditable=true]';
for (let box = arguments[0]; box; box = box.parentElement)
    for (const e of box.querySelectorAll(typed))
        if (e.getClientRects().length > 0)
            return e;
return null;
"""
# In a node of fields to set: the one behind the field that holds a name.
VALUE = """
for (const box of document.querySelectorAll('[data-test-id=assignment]'))
    if (box.querySelector('[data-test-id=assignment-name] input').value ===
            arguments[0])
        return box.querySelector('[data-test-id=assignment-value] input, ' +
            '[data-test-id=assignment-value] textarea');
return null;
"""
MENUS = "[role=menu], [role=menubar], .el-popper"
DIALOGUE = ".el-dialog"
HAND = 0.3
LIMIT = 30.0
LATE = 5.0  # what a press brings is there by then, or the press was lost
TRY_AGAIN = (exceptions.NoSuchElementException,
             exceptions.StaleElementReferenceException,
             exceptions.ElementNotInteractableException,
             exceptions.ElementClickInterceptedException,
             exceptions.MoveTargetOutOfBoundsException)


class Browser:
    """One window; close() ends it."""

    def __init__(self, folder):
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for option in ("--headless=new", "--no-sandbox", "--disable-gpu",
                       "--disable-dev-shm-usage", "--window-size=1600,1000",
                       "--lang=en", "--no-first-run",
                       "--disable-background-networking",
                       "--disable-component-update",
                       f"--user-data-dir={folder}"):
            options.add_argument(option)
        service = webdriver.chrome.service.Service(
            "/usr/bin/chromedriver", env={**os.environ, "HOME": str(folder)})
        self.driver = webdriver.Chrome(options=options, service=service)
        # No window of the system's asks for a file: upload() answers.
        self.driver.execute_cdp_cmd("Page.setInterceptFileChooserDialog",
                                    {"enabled": True})
        self.shots = []

    def close(self):
        self.driver.quit()

    def shot(self, name):
        self.shots.append((name, self.driver.get_screenshot_as_png()))

    def text(self):
        """What can be read on the page."""
        return self.driver.execute_script("return document.body.innerText")

    def open(self, address):
        self.driver.get(address)

    # -- to look for ------------------------------------------------------

    def all(self, words, where="body", usable=False, without=None):
        """Whatever says so, in what the selector `where` names and not in
        `without`; usable: that is neither switched off nor covered."""
        return self.driver.execute_script(WORDS, words, where, usable, without)

    def see(self, words, where="body", usable=False, limit=LIMIT):
        """The first of them."""
        return wait_for(
            lambda: next(iter(self.all(words, where, usable)), None),
            limit, f"the page says {words!r}", step=0.1)

    def shows(self, selector):
        """Is one of it to be seen now?"""
        found = self.driver.find_elements("css selector", selector)
        with contextlib.suppress(*TRY_AGAIN):
            return next((e for e in found if e.is_displayed()), None)

    def css(self, selector):
        """The first that is to be seen of a selector."""
        return wait_for(lambda: self.shows(selector), LIMIT,
                        f"the page has {selector}", step=0.1)

    @contextlib.contextmanager
    def inside(self, selector):
        """Look into a page within the page."""
        self.driver.switch_to.frame(self.css(selector))
        try:
            yield
        finally:
            self.driver.switch_to.default_content()

    def _until_done(self, what, action, step=0.1):
        """What action() returns when nothing is in its way any more."""
        def done():
            try:
                return [action()]
            except TRY_AGAIN as problem:
                done.problem = problem.msg
                return None

        done.problem = None
        try:
            return wait_for(done, LIMIT, what, step=step)[0]
        except Timeout as late:
            raise Timeout(f"{late}; {done.problem}") from None

    # -- to do ------------------------------------------------------------

    def press(self, words, where="body"):
        """Click on what says so."""
        self._until_done(f"press {words!r}",
                         lambda: self.see(words, where, True).click())

    def press_until(self, words, then):
        """Click on what says so, again where it was lost, until the page says
        `then`. A dialogue that comes late may have a button of the same words,
        which is another."""
        def brought():
            if not self.all(then):
                buttons = self.all(words, usable=True, without=DIALOGUE)
                if not buttons:
                    return None
                with contextlib.suppress(*TRY_AGAIN):
                    buttons[0].click()
            with contextlib.suppress(Timeout):
                return self.see(then, limit=LATE)

        wait_for(brought, LIMIT, f"{words!r} brings {then!r}")

    def press_css(self, selector):
        self._until_done(f"press {selector}",
                         lambda: self.css(selector).click())

    def take(self, selector, words):
        """Open a menu and take what says so; a page that is drawn anew closes
        it again."""
        def taken():
            for item in self.all(words, MENUS, True):
                item.click()
                return
            self.driver.find_element("css selector", selector).click()
            raise exceptions.NoSuchElementException(f"no {words!r} yet")

        self._until_done(f"take {words!r}", taken, 0.5)

    def twice(self, selector):
        """A double click."""
        self._until_done(f"open {selector}", lambda: ActionChains(
            self.driver, 50).double_click(self.css(selector)).perform())

    def write(self, text):
        """Type where the cursor is."""
        self.type(self.driver.switch_to.active_element, text)

    def fill(self, label, text, where="body"):
        """Type into the field of this label."""
        self._until_done(
            f"fill {label!r}",
            lambda: self.type(self._field(label, where), text))

    def _field(self, label, where):
        return wait_for(lambda: self.driver.execute_script(
            FIELD, self.see(label, where)), LIMIT, f"a field for {label!r}",
            step=0.1)

    def choose(self, label, option, where="body"):
        """Open the list of this label and take an option of it; that of another
        label may not have faded yet."""
        self._until_done(f"open {label!r}",
                         lambda: self._field(label, where).click())
        list_ = self._until_done(
            f"name the list of {label!r}", lambda: self._field(
                label, where).get_attribute("aria-controls"))
        assert list_, f"the field of {label!r} names no list"
        self.press(option, f"[id='{list_}']")

    def set(self, name, text):
        """Give a value to a field of a node that is open."""
        self._until_done(f"set {name!r}", lambda: self.type(wait_for(
            lambda: self.driver.execute_script(VALUE, name), LIMIT,
            f"a field named {name!r}", step=0.1), text))

    def type(self, field, text):
        """Instead of what the field has."""
        field.click()
        field.send_keys(Keys.CONTROL, "a")
        field.send_keys(text)
        # n8n takes it over a tenth of a second after the last key: a hand is
        # not at the next button sooner.
        ActionChains(self.driver).pause(HAND).perform()

    def upload(self, path):
        """Choose a file where the page asks for one."""
        field = self.driver.find_element("css selector", "input[type=file]")
        field.send_keys(str(path))
