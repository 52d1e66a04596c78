//! Reads HTML. The real tokenizer runs, and the real tree builder; between them stands the policy, so the tree has no
//! element and no attribute that is not to be shown, and both stop at the first bound that is passed.

use std::cell::{Cell, RefCell};

use html5ever::{
    Attribute, LocalName, QualName,
    interface::create_element,
    local_name, ns,
    tendril::StrTendril,
    tokenizer::{BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts},
    tree_builder::{TreeBuilder, TreeBuilderOpts},
};

use crate::clean::{
    admitted::Admits,
    bounds::{MAX_ATTRIBUTES, MAX_TAG_BYTES, TooMuch},
    policy::{self, Dropped, Tag},
    removed::{Removals, What},
    tree::{Handle, Tree},
};

/// The tokenizer is given so much at once, and asked in between whether it came anywhere.
const CHUNK: usize = 4 * 1024;

/// What was read.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) tree: Tree,
    /// Pictures that were left out because nobody had placed them.
    pub(super) pictures_left_out: usize,
    pub(super) removed: Removals,
}

pub(super) fn read(html: &str, admits: Admits<'_>) -> Result<Read, TooMuch> {
    let tree = Tree::default();
    let context = create_element(&tree, QualName::new(None, ns!(html), local_name!("div")), Vec::new());
    let options = TreeBuilderOpts { drop_doctype: true, ..TreeBuilderOpts::default() };
    let builder = TreeBuilder::new_for_fragment(tree, context, None, options);
    let gate = Gate {
        builder,
        admits,
        vanishing: Cell::new(false),
        tokens: Cell::new(0),
        is_comment: Cell::new(false),
        pictures: Cell::new(0),
        removed: RefCell::default(),
    };
    let tokenizer = Tokenizer::new(gate, TokenizerOpts::default());
    feed(&tokenizer, html)?;
    tokenizer.end();
    let gate = tokenizer.sink;
    let pictures_left_out = gate.pictures.get();
    let removed = gate.removed.into_inner();
    let tree = gate.builder.sink;
    match tree.spent().passed() {
        Some(bound) => Err(bound),
        None => Ok(Read { tree, pictures_left_out, removed }),
    }
}

fn feed(tokenizer: &Tokenizer<Gate<'_>>, html: &str) -> Result<(), TooMuch> {
    let input = BufferQueue::default();
    let (mut rest, mut seen, mut stalled) = (html, 0, 0);
    while !rest.is_empty() {
        let end = rest.floor_char_boundary(CHUNK);
        let (chunk, after) = rest.split_at(end);
        rest = after;
        input.push_back(StrTendril::from(chunk));
        // It pauses for scripts alone, and none is handed up.
        drop(tokenizer.feed(&input));
        if let Some(bound) = tokenizer.sink.builder.sink.spent().passed() {
            return Err(bound);
        }
        let tokens = tokenizer.sink.tokens.get();
        stalled = if tokens == seen { stalled + chunk.len() } else { 0 };
        seen = tokens;
        if stalled > MAX_TAG_BYTES {
            let so_far = html.strip_suffix(rest).unwrap_or_default();
            let again = taken_up(&tokenizer.sink.tokens, so_far, |text| {
                input.push_back(StrTendril::from(text));
                drop(tokenizer.feed(&input));
                tokenizer.sink.is_comment.get()
            });
            input.push_back(StrTendril::from(again.ok_or(TooMuch::Tag)?));
            (stalled, seen) = (0, tokenizer.sink.tokens.get());
        }
    }
    Ok(())
}

/// How to take up again what the tokenizer is in, if that is a comment: those are dropped, however long they are. It alone
/// knows, so the ends of comments are put in; of what is ended by neither, one is a tag.
fn taken_up(tokens: &Cell<usize>, so_far: &str, ends_a_comment: impl Fn(&str) -> bool) -> Option<String> {
    let before = tokens.get();
    // Ends what begins with `<?` or `<!` alone, and whatever else is no comment.
    let is_comment = ends_a_comment("x>");
    if tokens.get() > before {
        return is_comment.then(|| "<?".to_owned());
    }
    let is_comment = ends_a_comment("-->");
    // Half an end, of which the rest may follow.
    let half = so_far.get(so_far.len().saturating_sub(3)..).unwrap_or_default();
    let half = half.trim_start_matches(|c| !matches!(c, '-' | '!'));
    (is_comment && tokens.get() > before).then(|| format!("<!--x{half}"))
}

/// Stands between the tokenizer and the tree builder.
struct Gate<'a> {
    builder: TreeBuilder<Handle, Tree>,
    admits: Admits<'a>,
    /// In a script or a style.
    vanishing: Cell<bool>,
    /// Pieces that the tokenizer came to the end of.
    tokens: Cell<usize>,
    /// Whether the last of them is a comment.
    is_comment: Cell<bool>,
    pictures: Cell<usize>,
    removed: RefCell<Removals>,
}

impl Gate<'_> {
    fn text(&self, text: &str, line: u64) {
        let _: TokenSinkResult<Handle> = self.builder.process_token(Token::CharacterTokens(text.into()), line);
    }

    fn tag(&self, mut tag: html5ever::tokenizer::Tag, line: u64) -> TokenSinkResult<Handle> {
        if tag.attrs.len() > MAX_ATTRIBUTES {
            self.builder.sink.spent().pass(TooMuch::Attributes);
            return TokenSinkResult::Continue;
        }
        let starts = tag.kind == TagKind::StartTag;
        if let Some(known) = policy::known_as(&tag.name) {
            tag.name = known;
        }
        let becomes = policy::tag(&tag.name);
        if starts && matches!(becomes, Tag::Vanishes(_) | Tag::Goes) {
            self.removed.borrow_mut().add(What::Element, &tag.name);
        }
        match becomes {
            Tag::Vanishes(kind) => {
                self.vanishing.set(starts);
                if starts { TokenSinkResult::RawData(kind) } else { TokenSinkResult::Continue }
            }
            Tag::Text(kind) => {
                self.text(" ", line);
                if starts { TokenSinkResult::RawData(kind) } else { TokenSinkResult::Continue }
            }
            Tag::Plaintext if starts => TokenSinkResult::Plaintext,
            Tag::Plaintext | Tag::Goes => TokenSinkResult::Continue,
            Tag::Box => {
                if let Some(sign) = starts.then(|| sign(&tag.attrs)).flatten() {
                    self.text(sign, line);
                }
                TokenSinkResult::Continue
            }
            Tag::Shapes => {
                let all = std::mem::take(&mut tag.attrs);
                if starts {
                    match policy::attributes(&tag.name, all, self.admits, &mut self.removed.borrow_mut()) {
                        Ok(kept) => tag.attrs = kept,
                        Err(dropped) => {
                            if tag.name == local_name!("img") && dropped == Dropped::Stranger {
                                self.pictures.set(self.pictures.get() + 1);
                            }
                            return TokenSinkResult::Continue;
                        }
                    }
                }
                if let "h1" | "h2" | "h3" | "h4" | "h5" | "h6" = &*tag.name {
                    self.removed.borrow_mut().heading(starts);
                }
                self.builder.process_token(Token::TagToken(tag), line)
            }
        }
    }
}

/// What is shown for a box to tick: a list of what is to be done is read without it otherwise.
fn sign(attributes: &[Attribute]) -> Option<&'static str> {
    let value = |wanted: LocalName| attributes.iter().find(|one| one.name.local == wanted).map(|one| &*one.value);
    let is_box = value(local_name!("type")).is_some_and(|kind| kind.eq_ignore_ascii_case("checkbox"));
    is_box.then(|| if value(local_name!("checked")).is_some() { "☑ " } else { "☐ " })
}

impl TokenSink for Gate<'_> {
    type Handle = Handle;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<Handle> {
        if let Token::ParseError(_) = token {
            return TokenSinkResult::Continue;
        }
        self.tokens.set(self.tokens.get() + 1);
        self.is_comment.set(matches!(token, Token::CommentToken(_)));
        if self.builder.sink.spent().passed().is_some() && token != Token::EOFToken {
            return TokenSinkResult::Continue;
        }
        match token {
            Token::TagToken(tag) => self.tag(tag, line),
            Token::CharacterTokens(_) if self.vanishing.get() => TokenSinkResult::Continue,
            Token::CharacterTokens(ref text) => {
                self.removed.borrow_mut().text(text);
                self.builder.process_token(token, line)
            }
            Token::EOFToken => self.builder.process_token(token, line),
            Token::DoctypeToken(_) | Token::CommentToken(_) | Token::NullCharacterToken | Token::ParseError(_) => {
                TokenSinkResult::Continue
            }
        }
    }

    fn end(&self) {
        self.builder.end();
    }
}
