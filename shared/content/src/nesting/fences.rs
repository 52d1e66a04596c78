//! Fences around code that stand outside of every list and quote. Nothing within one opens anything, whatever it looks like.
//! Only what is surely such a fence is taken for one: where a line could be read in two ways, there is none.

/// At most so far in stands a fence's mark; beyond, the line is code or goes on with a paragraph.
const MOST_COLUMNS: usize = 3;
/// So far in, a line is in no item, for that has a mark and a blank before its text.
const OUTSIDE_COLUMNS: usize = 1;
const LEAST_MARKS: usize = 3;
/// With these a block of HTML begins that may have blank lines in it (`CommonMark` 0.31, 4.6, conditions 1 to 5).
const LASTING: [&str; 6] = ["<!", "<?", "<pre", "<script", "<style", "<textarea"];

#[derive(Clone, Copy, Debug)]
pub(super) struct Fences {
    /// The mark of the one that is open, and how often it stands.
    open: Option<(u8, usize)>,
    /// Where a block of HTML may go on, a fence may be a line of it.
    html: Html,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Html {
    No,
    UntilBlank,
    /// Its end could be anywhere.
    Lasting,
}

impl Fences {
    /// None is open yet. In a text with carriage returns alone none is taken for sure: the parser looks beyond them for the end
    /// of a fence's first line.
    pub(super) fn of(markdown: &str) -> Self {
        let mut after_returns = markdown.split('\r').skip(1);
        let html = if after_returns.all(|rest| rest.starts_with('\n')) { Html::No } else { Html::Lasting };
        Self { open: None, html }
    }

    /// Whether `line` is a fence's, or within one. `is_outside`: no list and no quote is open before it.
    pub(super) fn take(&mut self, line: &str, is_outside: Outside) -> bool {
        let text = line.trim_start_matches(' ');
        let columns = line.len() - text.len();
        let mark = text.bytes().next().unwrap_or_default();
        let marks = text.bytes().take_while(|byte| *byte == mark).count();
        let rest = text.get(marks..).unwrap_or_default();
        if let Some((opened, least)) = self.open {
            let is_blank = rest.trim_matches(' ').is_empty();
            if columns <= MOST_COLUMNS && mark == opened && marks >= least && is_blank {
                self.open = None;
            }
            return true;
        }
        let reach = if is_outside == Outside::Surely { MOST_COLUMNS } else { OUTSIDE_COLUMNS };
        let is_fence = match mark {
            b'`' => !rest.contains('`'),
            b'~' => true,
            _ => false,
        };
        if is_fence && marks >= LEAST_MARKS && columns <= reach && self.html == Html::No {
            self.open = Some((mark, marks));
            return true;
        }
        if is_fence && marks >= LEAST_MARKS {
            // It may be one, and its end would then look like a beginning: from here on none is sure.
            self.html = Html::Lasting;
        }
        self.look_for_html(line);
        false
    }

    pub(super) fn blank_line(&mut self) {
        if self.html == Html::UntilBlank {
            self.html = Html::No;
        }
    }

    fn look_for_html(&mut self, line: &str) {
        let may_be_marks = |c: char| matches!(c, ' ' | '\t' | '>' | '-' | '+' | '*' | '.' | ')' | '0'..='9');
        let text = line.trim_start_matches(may_be_marks);
        if !text.starts_with('<') {
            return;
        }
        let begins = |start: &str| text.get(..start.len()).is_some_and(|text| text.eq_ignore_ascii_case(start));
        let lasts = self.html == Html::Lasting || LASTING.iter().any(|start| begins(start));
        self.html = if lasts { Html::Lasting } else { Html::UntilBlank };
    }
}

/// Whether a list or a quote may be open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outside {
    Surely,
    Perhaps,
}
