"""Claude's Markdown as the workflows render it, without an n8n."""

import json
import subprocess

import markup
import pytest
from n8n import WORKFLOWS, install

RUN = """
const asked = JSON.parse(require('fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify(asked.map(
  ([text, limit]) => pages(markdownLines(text), limit))));
"""


def code(file, name):
    nodes = json.loads((WORKFLOWS / file).read_text())["nodes"]
    return next(n["parameters"]["jsCode"] for n in nodes if n["name"] == name)


def renderer(text):
    """The part of a Code node that renders, and what it escapes with."""
    begin, end = "// -- Claude's Markdown", "// -- end of Markdown"
    escape = text[text.index("function escapeHtml"):]
    return (escape[:escape.index("\n}\n") + 3] +
            text[text.index(begin):text.index(end)])


@pytest.fixture(scope="module")
def render():
    """Texts to the HTML of their messages, by the node that n8n runs with."""
    answer, news = (renderer(code(*at)) for at in (
        ("telegram-to-orchestrator.json", "Read answer"),
        ("orchestrator-to-telegram.json", "Read notification")))
    assert answer == news

    def run(*texts, limit=4096):
        asked = json.dumps([(text, limit) for text in texts])
        done = subprocess.run(
            [str(install() / "node"), "-e", answer + RUN], input=asked,
            stdout=subprocess.PIPE, text=True, check=True, timeout=60)
        for pages in json.loads(done.stdout):
            for page in pages:
                shown = markup.plain(page["html"], "HTML")
                assert shown == page["plain"]
                assert len(shown.encode("utf-16-le")) // 2 <= limit
        return json.loads(done.stdout)

    return run


@pytest.mark.parametrize("text, html", [
    ("# What **I** did #", "<b>What I did</b>"),
    ("a **b *c* d** ~~e~~", "a <b>b <i>c</i> d</b> <s>e</s>"),
    ("***both*** __x__ _y_", "<b><i>both</i></b> <b>x</b> <i>y</i>"),
    ("snake_case_name 2*3*4 a * b *", "snake_case_name 2*3*4 a * b *"),
    ("`a<b` and ``c`d``", "<code>a&lt;b</code> and <code>c`d</code>"),
    ("`**a**` **`b`**", "<code>**a**</code> <b><code>b</code></b>"),
    ("[t](https://a.b/?x=1&y=2)",
     '<a href="https://a.b/?x=1&amp;y=2">t</a>'),
    ("[t](javascript:x) [u](/local)", "[t](javascript:x) [u](/local)"),
    ("- [x] a\n  * **b**\n1. c", "☑ a\n  • <b>b</b>\n1. c"),
    ("```js\na < b\n**c**\n```\n_d_", "<pre>a &lt; b\n**c**</pre>\n<i>d</i>"),
    ("~~~~\n~~~\n```\n~~~~\nx", "<pre>~~~\n```</pre>\nx"),
    ("```\nnever **closed**", "<pre>never **closed**</pre>"),
    ("| a | b |\n|---|---|\nx", "<pre>| a | b |\n|---|---|</pre>\nx"),
    (r"\*no\* \`no\` c:\dir", "*no* `no` c:\\dir"),
    ("**a *b** c* [d](https://e", "<b>a *b</b> c* [d](https://e"),
    ("<b>&amp; </pre> **", "&lt;b&gt;&amp;amp; &lt;/pre&gt; **")])
def test_it_becomes(render, text, html):
    assert [p["html"] for p in render(text)[0]] == [html]


ODD = ["*" * 2000, "**a " * 500, "[" * 3000, "`a " * 600, "_a " * 600, "<" * 9000,
       "```\n" * 7, "[[[a](https://b)](https://c)]", "\N{GRINNING FACE}" * 5000,
       "```\n" + "x & y\n" * 3000, "**" + "\N{GRINNING FACE}" * 900 + "**\n" * 9,
       "__**_~~`a`~~_**__ " * 40, "\u202e*a*\u0000 \ud83d `b`"[:6], "\n \n\n"]


def test_nothing_that_telegram_would_refuse_comes_of_it(render):
    whole = render(*ODD)
    assert len(whole[5]) == 3 and len(whole[9]) > 3
    assert whole[-1] == []
    render(*ODD, limit=7)
