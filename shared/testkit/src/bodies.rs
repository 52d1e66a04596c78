//! Texts in the shapes that parsers dislike: each costs far more than it is long, or once did.

/// How a text is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    Html,
    Markdown,
    Excerpt,
}

/// A shape, and how a text of it is made. The text is about as long as it is asked to be.
#[derive(Clone, Copy, Debug)]
pub struct Disliked {
    pub name: &'static str,
    pub sent: Sent,
    make: Make,
}

#[derive(Clone, Copy, Debug)]
enum Make {
    /// One piece, again and again.
    Fill(&'static str),
    /// A beginning, then one piece again and again.
    After(&'static str, &'static str),
    /// So many of the first, then the second.
    Many(usize, &'static str, &'static str),
    /// As many of the first as of the second.
    Halves(&'static str, &'static str),
    /// A piece that differs each time, where `#` is a number.
    Numbered(&'static str),
    /// So many numbered pieces, then another again and again.
    NumberedThen(usize, &'static str, &'static str),
    /// What begins and ends a tag, and a numbered piece in between.
    Tag(&'static str, &'static str, &'static str),
    /// A line of so many of the first, then lines of the second.
    Lines(usize, &'static str, &'static str),
    /// A list with an item deeper than the one before, as far as Markdown is read, then lines of the second.
    Stairs(usize, &'static str),
}

impl Disliked {
    pub fn of(&self, bytes: usize) -> String {
        let fill = |piece: &str, bytes: usize| piece.repeat(bytes / piece.len().max(1));
        let numbered =
            |piece: &str, count: usize| (0..count).map(|nth| piece.replace('#', &nth.to_string())).collect::<String>();
        match self.make {
            Make::Fill(piece) => fill(piece, bytes),
            Make::After(start, piece) => format!("{start}{}", fill(piece, bytes)),
            Make::Many(count, first, piece) => {
                let first = first.repeat(count);
                format!("{first}{}", fill(piece, bytes.saturating_sub(first.len())))
            }
            Make::Halves(first, second) => {
                let count = bytes / (first.len() + second.len());
                format!("{}x{}", first.repeat(count), second.repeat(count))
            }
            Make::Numbered(piece) => numbered(piece, bytes / (piece.len() + 4)),
            Make::NumberedThen(count, first, piece) => {
                let first = numbered(first, count);
                format!("{first}{}", fill(piece, bytes.saturating_sub(first.len())))
            }
            Make::Tag(start, piece, end) => format!("{start}{}{end}", numbered(piece, bytes / (piece.len() + 4))),
            Make::Lines(count, first, line) => {
                let first = format!("{}\n", first.repeat(count));
                format!("{first}{}", fill(line, bytes.saturating_sub(first.len())))
            }
            Make::Stairs(depth, line) => {
                let stairs = (0..depth).map(|nth| format!("{}- x\n", "  ".repeat(nth))).collect::<Vec<_>>().concat();
                format!("{stairs}{}", fill(line, bytes.saturating_sub(stairs.len())))
            }
        }
    }
}

const fn html(name: &'static str, make: Make) -> Disliked {
    Disliked { name, sent: Sent::Html, make }
}

const fn markdown(name: &'static str, make: Make) -> Disliked {
    Disliked { name, sent: Sent::Markdown, make }
}

pub const DISLIKED: &[Disliked] = &[
    html("comments that look like ends", Make::NumberedThen(400, "<u id=#><!--</u>-->", "<p>x")),
    html("titles that look like ends", Make::NumberedThen(400, "<u id=# title=\"</u>\">", "<p>x")),
    html("codes that outlive paragraphs", Make::NumberedThen(100, "<code class=language-#>", "<p>x")),
    html("codes that outlive cells", Make::NumberedThen(100, "<table><td><code class=language-#>", "<td>x")),
    html("values that look like ends", Make::Fill("<div a='</div>'>")),
    html("comments in elements", Make::Fill("<div><!--</div>-->")),
    html("ends that end nothing", Make::Many(1000, "<span>", "</x>")),
    html("formatting's ends that end nothing", Make::Many(120, "<span>", "</u>")),
    html("ends of blocks that are not open", Make::Many(120, "<span>", "</blockquote>")),
    html("paragraphs under what is open", Make::Many(120, "<span>", "<p>")),
    html("points under what is open", Make::Many(120, "<span>", "<li>")),
    html("headings under what is open", Make::Many(120, "<div>", "</h1>")),
    html("brackets", Make::Fill("<")),
    html("ampersands", Make::Fill("&")),
    html("half entities", Make::Fill("&am ")),
    html("entities", Make::Fill("&notit;")),
    html("entities without ends", Make::Fill("&amp")),
    html("long half entities", Make::Fill("&CounterClockwiseContourIntegra;")),
    html("entities in values", Make::Tag("<img alt='", "&notit;&am#", "'>")),
    html("values of entities", Make::Fill("<img alt='&notit;&CounterClockwiseContourIntegra'>")),
    html("formatting over rows", Make::NumberedThen(80, "<code class=language-#>", "<table><tr><td>x</table>")),
    html("formatting's ends over blocks", Make::Many(100, "<em><div>", "</em>")),
    html("formatting under depth", Make::Many(110, "<div>", "<em><u><strong></div><div>")),
    html("quotes around links", Make::Many(100, "<blockquote>", "<a href=https://a.example/>x<p>")),
    html("numbers of characters", Make::Fill("&#0;&#x110000;")),
    html("one long entity", Make::After("&", "a")),
    html("one long number", Make::After("&#", "0")),
    html("no-break spaces", Make::Fill("\u{a0}")),
    html("zeros", Make::Fill("\0")),
    html("carriage returns", Make::Fill("\r")),
    html("divisions", Make::Fill("<div>")),
    html("divisions in formatting", Make::Fill("<b><div>")),
    html("divisions in stress", Make::Fill("<em><div>")),
    html("stress that ends outside", Make::Halves("<em><div>", "</em></div>")),
    html("stress around blocks", Make::Fill("<em><p></em>")),
    html("stress around many blocks", Make::Fill("<em><div><div><div><div><div><div><div><div></em>")),
    html("all formatting around blocks", Make::Fill("<em><u><strong><code><p></em></u></strong></code>")),
    html("links in links", Make::Fill("<a href=https://a.example/>")),
    html("links in blocks in links", Make::Fill("<a href=https://a.example/><div>")),
    html(
        "a long link over paragraphs",
        Make::After("<a href='https://a.example/0123456789012345678901234567890123456789'>", "<p>x"),
    ),
    html("links without ends", Make::Fill("<a href=x></div>")),
    html("tables", Make::Fill("<table>")),
    html("tables in cells", Make::Fill("<table><td>")),
    html("tables in divisions", Make::Fill("<table><div>")),
    html("tables closed by the outer", Make::Fill("<table><td><object><u></table>")),
    html("text that tables push out", Make::After("<table>", "x<tr>")),
    html("elements that tables push out", Make::After("<table>", "<u>x</u>")),
    html("formatting that tables push out", Make::After("<table>", "<u><tr>")),
    html("rows", Make::After("<table>", "<tr>")),
    html("cells", Make::After("<table><tr>", "<td>x")),
    html("points", Make::Fill("<li>")),
    html("points in formatting", Make::Fill("<li><b>")),
    html("breaks", Make::Fill("<br>")),
    html("breaks and letters", Make::Fill("<br>x")),
    html("paragraphs", Make::Fill("<p>x</p>")),
    html("ends of paragraphs", Make::Fill("</p>")),
    html("ends of breaks", Make::Fill("</br>")),
    html("pictures", Make::Fill("<img>")),
    html("rules", Make::Fill("<hr>")),
    html("rules in paragraphs", Make::Fill("<p>x<hr>")),
    html("struck formatting around blocks", Make::Fill("<s><strike><tt><i><b><p></b></i></tt></strike></s>")),
    html("terms", Make::Fill("<dl><dt>x<dd>y")),
    html("terms under what is open", Make::Many(120, "<span>", "<dd>")),
    html("readings", Make::Fill("<ruby>x<rt>y")),
    html("captions", Make::Fill("<table><caption>x<tfoot>")),
    html("boxes in tables", Make::After("<table>", "<input type=checkbox>")),
    html("titles in tables", Make::After("<table>", "<title></title>")),
    html("choices", Make::Fill("<option>x")),
    html("drawings with styles", Make::Fill("<svg><style>")),
    html("drawings", Make::Fill("<svg><g>")),
    html("formulas", Make::Fill("<math><mi><annotation-xml encoding=text/html>")),
    html("foreign text", Make::Fill("<svg><foreignObject><p>")),
    html("templates", Make::Fill("<template><td>")),
    html("selections", Make::Fill("<select><option>")),
    html("forms", Make::Fill("<form><button>")),
    html("scripts", Make::Fill("<script>")),
    html("half scripts", Make::Fill("<script><!--<script></script>")),
    html("plain text", Make::After("<plaintext>", "<b>")),
    html("titles", Make::Fill("<title>&amp;")),
    html("character data", Make::Fill("<![CDATA[x]]>")),
    html("document types", Make::Fill("<!doctype html>")),
    html("comments", Make::Fill("<!--x-->")),
    html("comments without ends", Make::Fill("<!--")),
    html("one long comment", Make::After("<!--", "x ")),
    html("instructions", Make::Fill("<?x>")),
    html("attributes", Make::Tag("<div", " a#=1", ">")),
    html("attributes without an end", Make::Tag("<div", " a#", "")),
    html("attributes of an end", Make::Tag("</div", " a#", ">")),
    html("the same attribute", Make::Tag("<div", " a", ">")),
    html(
        "tags of as many attributes as may be",
        Make::Fill(
            "<p a b c d e f g h i j k l m n o p q r s t u v w x y z aa ab ac ad ae af ag ah ai aj ak al am an ao ap aq ar as>",
        ),
    ),
    html("a long value", Make::Tag("<img alt='", "x#", "'>")),
    html("a value without an end", Make::After("<a title=\"", "<b>")),
    html("languages", Make::Tag("<code class='", "language-# ", "'>x</code>")),
    html("addresses", Make::Fill("https://example.com/ ")),
    html("short addresses", Make::Fill("http://a.b ")),
    html("different addresses", Make::Numbered("http://a#.b ")),
    html("different links", Make::Numbered("<a href=http://a#.b>x</a>")),
    html("half addresses", Make::Fill("http://")),
    html("schemes", Make::Fill("http:")),
    html("one long address", Make::After("http://a.b/", "a/")),
    html("one long host", Make::After("http://", "a.")),
    html("hosts of other letters", Make::After("http://", "\u{fc}.")),
    html("brackets in an address", Make::After("http://a.b/", "(")),
    html("names of different elements", Make::Numbered("<x#>")),
    html("words", Make::Fill("word ")),
    html("one word", Make::Fill("x")),
    html("sentences", Make::Fill("So. ")),
    html("different words", Make::Numbered("word# ")),
    html("spaces", Make::Fill(" ")),
    html("lines", Make::Fill("\n")),
    html("headings", Make::Fill("<h2>x</h2>")),
    html("headings that have others' ids", Make::Numbered("<h2>x-#</h2><h2>x</h2>")),
    html("links within the text", Make::After("<h2>x</h2>", "<a href=#x>y</a>")),
    html("links within the text to nothing", Make::Numbered("<a href=#x#>y</a>")),
    html("attributes that are taken out", Make::Numbered("<p a#=x>")),
    html("elements that are taken out", Make::Numbered("<x#>")),
    html("combining marks", Make::Fill("\u{301}")),
    markdown("footnotes", Make::Numbered("x[^#]\n\n[^#]: y\n\n")),
    markdown("footnotes that are none", Make::Fill("[^x]")),
    markdown("footnotes in each other", Make::Numbered("[^#]: ")),
    markdown("one footnote's numbers", Make::After("[^x]: y\n\n", "z[^x]")),
    markdown("lists in footnotes", Make::Fill("[^x]: - > 1. a\n")),
    markdown("tildes", Make::Fill("~")),
    markdown("pairs of tildes", Make::Fill("~~a ")),
    markdown("tildes that close nothing", Make::Halves("a~~", "~~b ")),
    markdown("boxes", Make::Fill("- [x] a\n")),
    markdown("quotes in quotes", Make::Fill(">")),
    markdown("lists in quotes", Make::Fill("> * ")),
    markdown("lists in lists", Make::Fill("- ")),
    markdown("numbered lists in lists", Make::Fill("1. ")),
    markdown("lines of deep quotes", Make::Fill("> > > > > > > > > > > > > > > > > > > > x\n")),
    markdown("lines under deep quotes", Make::Lines(40, ">", "x\n")),
    markdown("lines under deep lists", Make::Lines(20, "- ", "\n")),
    markdown("lines under the deepest lists", Make::Lines(39, "- ", "x\n- x\n\n")),
    markdown("blank lines under the deepest lists", Make::Lines(39, "- ", "x\n \n")),
    // As deep as is just allowed, without blanks between: those could be taken for more.
    markdown("lines of the deepest quotes", Make::Fill(">>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>x\n")),
    markdown("marks that open nothing", Make::After("x ", "- ")),
    markdown(
        "breaks",
        Make::Fill("- - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - -\n"),
    ),
    markdown("almost a break", Make::Many(120_000, "- ", "x")),
    markdown("stairs down and up", Make::Stairs(40, "                    - x\n- x\n")),
    markdown("spaces under deep lists", Make::Stairs(20, " \n")),
    markdown("text under deep lists", Make::Stairs(20, "x\n")),
    markdown("comments in elements, as Markdown", Make::Fill("<div><!--</div>-->")),
    markdown("open brackets", Make::Fill("[")),
    markdown("brackets in brackets", Make::Halves("[", "]")),
    markdown("links in links", Make::Halves("[a", "](b)")),
    markdown("links without ends", Make::Fill("[a](")),
    markdown("links with brackets", Make::After("[a](", "(")),
    markdown("links with angles", Make::Fill("[a](<b")),
    markdown("pictures in pictures", Make::Halves("![", "](a)")),
    markdown("stress and strong stress", Make::Fill("*a_ ")),
    markdown("stress in stress", Make::Halves("*a ", " a*")),
    markdown("stress that does not end", Make::Fill("a**b")),
    markdown("stars", Make::Fill("*")),
    markdown("lines under words", Make::Fill("_a ")),
    markdown("definitions", Make::Numbered("[a#]: http://a.b\n")),
    markdown("definitions of one name", Make::Fill("[a]: u\n")),
    markdown("half definitions", Make::Fill("[a]:\n")),
    markdown(
        "uses of a definition",
        Make::After("[a]: http://a.b/0123456789012345678901234567890123456789\n\n", "[a] "),
    ),
    markdown("a table's columns", Make::Lines(4000, "a|", "|\n")),
    markdown(
        "a table of many rows and columns",
        Make::After("a|a|a|a|a|a|a|a|a|a|a|a|a|a|a|a|a|a|a|a\n-|-|-|-|-|-|-|-|-|-|-|-|-|-|-|-|-|-|-|-\n", "|\n"),
    ),
    markdown("back quotes", Make::Fill("`")),
    markdown("back quotes of all lengths", Make::Fill("`a``b```c````d`````e")),
    markdown("fences", Make::Fill("```\n")),
    markdown("blocks of HTML", Make::Fill("<div>\n\n")),
    markdown("comments without ends, as Markdown", Make::Fill("a<!--")),
    markdown("instructions without ends", Make::Fill("a<?")),
    markdown("data without ends", Make::Fill("a<![CDATA[")),
    markdown("declarations without ends", Make::Fill("a<!A ")),
    markdown("tags without ends", Make::Fill("a<b c='")),
    markdown("backslashes", Make::Fill("\\")),
    markdown("ampersands, as Markdown", Make::Fill("&")),
    markdown("headings", Make::Fill("# ")),
    markdown("underlined headings", Make::Fill("a\n-\n")),
    markdown("mail", Make::Fill("<a@b.c>")),
    Disliked { name: "ampersands", sent: Sent::Excerpt, make: Make::Fill("&") },
    Disliked { name: "divisions", sent: Sent::Excerpt, make: Make::Fill("<div>") },
    Disliked { name: "words", sent: Sent::Excerpt, make: Make::Fill("word ") },
];
